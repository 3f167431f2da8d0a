#include "engine/files/mixture.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/error.h"
#include "engine/files/element_type.h"

namespace compression {
namespace {

constexpr auto table = std::to_array<Mixture>(
    {{"f32", "F32", 0},      {"bf16", "BF16", 32},     {"f16", "F16", 1},        {"q8_0", "Q8_0", 7},
     {"q6_k", "Q6_K", 18},   {"q5_k_m", "Q5_K", 17},   {"q5_k_s", "Q5_K", 16},   {"q5_1", "Q5_1", 9},
     {"q5_0", "Q5_0", 8},    {"q4_k_m", "Q4_K", 15},   {"q4_k_s", "Q4_K", 14},   {"q4_1", "Q4_1", 3},
     {"q4_0", "Q4_0", 2},    {"iq4_nl", "IQ4_NL", 25}, {"iq4_xs", "IQ4_XS", 30}, {"mxfp4_moe", "Q8_0", 38},
     {"q3_k_l", "Q3_K", 13}, {"q3_k_m", "Q3_K", 12},   {"q3_k_s", "Q3_K", 11},   {"q2_k", "Q2_K", 10},
     {"tq2_0", "TQ2_0", 37}, {"tq1_0", "TQ1_0", 36}});

const ElementType& type_of(std::string_view name) {
  return *find_element_type(FileKind::gguf, name);
}

/// The layer in "blk.3.ffn_down.weight"; 0 where the name has none.
std::uint32_t layer_of(std::string_view name) noexcept {
  constexpr std::string_view start = "blk.";
  std::uint32_t layer = 0;
  if (name.starts_with(start)) {
    name.remove_prefix(start.size());
    std::from_chars(name.data(), name.data() + name.size(), layer);
  }
  return layer;
}

/// The first and the last eighth of the layers, and every third of those between.
bool deserves_more_bits(std::uint32_t layer, std::uint32_t layers) noexcept {
  const std::uint32_t eighth = layers / 8;
  return layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
}

/// The tensors that mixtures tell apart.
enum class Role { output, value, key, attention_output, down, expert, other };

Role role_of(std::string_view name, bool tied_output) noexcept {
  const auto contains = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  if (name == "output.weight" || (tied_output && name == "token_embd.weight")) return Role::output;
  if (contains("attn_v.weight")) return Role::value;
  if (contains("attn_k.weight")) return Role::key;
  if (contains("attn_output.weight")) return Role::attention_output;
  if (contains("_exps.weight") && !contains("ffn_down")) return Role::expert;
  if (contains("ffn_down")) return Role::down;
  return Role::other;
}

/// For the mixtures whose middle tensors differ: the type of a role that is not the output.
std::string_view mixed_type(const Mixture& mixture, const ModelShape& model, Role role, std::uint32_t layer) {
  const std::string_view id = mixture.id;
  const bool more = deserves_more_bits(layer, model.layers);
  const bool value = role == Role::value;
  const bool down = role == Role::down;
  const bool attention_output = role == Role::attention_output;
  if (id == "q5_k_m" || id == "q4_k_m") return (value || down) && more ? "Q6_K" : mixture.type;
  if (id == "q4_k_s") {
    if (value) return layer < 4 ? "Q5_K" : "Q4_K";
    return down && layer < model.layers / 8 ? "Q5_K" : "Q4_K";
  }
  if (id == "q3_k_l") return value || down || attention_output ? "Q5_K" : "Q3_K";
  if (id == "q3_k_m") {
    if (value) return layer < 2 ? "Q5_K" : "Q4_K";
    if (down) return layer < model.layers / 16 ? "Q5_K" : "Q4_K";
    return attention_output ? "Q4_K" : "Q3_K";
  }
  if (id == "q2_k") {
    if (value) return model.queries_per_key >= 4 ? "Q4_K" : "Q3_K";
    return down || attention_output ? "Q3_K" : "Q2_K";
  }
  return mixture.type;
}

/// The choice before it is held to the length of the rows.
std::string_view wanted_type(const Mixture& mixture, const ModelShape& model, std::string_view name,
                             std::size_t dimensions) {
  const bool is_float = type_of(mixture.type).block == 1;
  const Role role = role_of(name, model.tied_output);
  if (is_float) return mixture.type;
  if (mixture.id == "mxfp4_moe") return dimensions == 3 ? "MXFP4" : "Q8_0";
  if (role == Role::output) return mixture.type == "Q8_0" ? "Q8_0" : "Q6_K";
  if (mixture.type == "Q8_0") return "Q8_0";
  // Few bytes are saved on what all experts share.
  if (model.experts == 8) {
    if (role == Role::value || role == Role::key) return "Q8_0";
    if (role == Role::attention_output) return "Q5_K";
  }
  const std::string_view type = mixed_type(mixture, model, role, layer_of(name));
  // Eight query heads share each value: a small matrix that counts much.
  if (role == Role::value && model.queries_per_key >= 8 && (type == "Q3_K" || type == "Q4_K")) return "Q5_K";
  return type;
}

}  // namespace

std::span<const Mixture> mixtures() noexcept {
  return table;
}

const Mixture& find_mixture(std::string_view id) {
  std::string known;
  for (const Mixture& mixture : table) {
    if (mixture.id == id) return mixture;
    known.append(known.empty() ? "" : ", ").append(mixture.id);
  }
  throw EngineError(ErrorCode::unknown_format, "no mixture \"" + std::string(id) + "\"; there are " + known);
}

bool stays_float(std::string_view name, std::span<const std::uint64_t> shape) noexcept {
  const auto contains = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  return shape.size() < 2 || name.ends_with("_norm.weight") || contains("ffn_gate_inp.weight") ||
         contains("rope_freqs") || name == "position_embd.weight" || name == "token_types.weight" ||
         contains("ssm_") || contains("conv1d");
}

const ElementType& fitting_type(const ElementType& type, std::uint64_t cols) {
  if (cols % type.block == 0) return type_of(type.name);
  if (cols % 32 != 0) return type_of("F16");
  if (type.name == "Q4_K") return type_of("Q5_0");
  if (type.name == "Q5_K") return type_of("Q5_1");
  if (type.name == "Q6_K") return type_of("Q8_0");
  if (type.name.starts_with("IQ")) return type_of("IQ4_NL");
  return type_of("Q4_0");
}

const ElementType& mixture_type(const Mixture& mixture, const ModelShape& model, std::string_view name,
                                std::span<const std::uint64_t> shape) {
  if (stays_float(name, shape)) return type_of("F32");
  return fitting_type(type_of(wanted_type(mixture, model, name, shape.size())), shape.back());
}

}  // namespace compression
