#include "engine/files/mixture.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"

namespace compression {
namespace {

using Shape = std::vector<std::uint64_t>;

const ModelShape small = {.layers = 32, .queries_per_key = 4};

std::string_view type_of(std::string_view mixture, std::string_view tensor, const Shape& shape = {4096, 4096},
                         const ModelShape& model = small) {
  return mixture_type(find_mixture(mixture), model, tensor, shape).name;
}

std::string_view layer_type(std::string_view mixture, std::uint32_t layer, std::string_view part,
                            const ModelShape& model = small) {
  return type_of(mixture, "blk." + std::to_string(layer) + "." + std::string(part) + ".weight", {4096, 4096},
                 model);
}

}  // namespace

TEST_CASE("mixtures: vectors, norms, routers and positions stay F32") {
  for (const Mixture& mixture : mixtures()) {
    CHECK(type_of(mixture.id, "blk.0.attn_norm.weight", {4096}) == "F32");
    CHECK(type_of(mixture.id, "output_norm.weight", {4096}) == "F32");
    CHECK(type_of(mixture.id, "blk.0.attn_q_norm.weight", {32, 128}) == "F32");
    CHECK(type_of(mixture.id, "blk.0.ffn_gate_inp.weight", {8, 4096}) == "F32");
    CHECK(type_of(mixture.id, "rope_freqs.weight", {1, 64}) == "F32");
    CHECK(type_of(mixture.id, "blk.0.attn_q.bias", {4096}) == "F32");
  }
}

TEST_CASE("mixtures: the output matrix, or the tied embedding, gets Q6_K") {
  CHECK(type_of("q4_k_m", "output.weight") == "Q6_K");
  CHECK(type_of("q4_k_m", "token_embd.weight") == "Q4_K");
  CHECK(type_of("q4_k_m", "token_embd.weight", {4096, 4096}, {.layers = 32, .tied_output = true}) == "Q6_K");
  CHECK(type_of("q4_k_m", "output.weight", {100, 288}) == "Q8_0");
  CHECK(type_of("q8_0", "output.weight") == "Q8_0");
  CHECK(type_of("f16", "output.weight") == "F16");
  CHECK(type_of("q4_0", "output.weight") == "Q6_K");
}

TEST_CASE("mixtures: Q4_K_M and Q5_K_M give half of the values and downs more bits") {
  std::set<std::uint32_t> more;
  for (std::uint32_t layer = 0; layer < 32; ++layer) {
    CHECK(layer_type("q4_k_m", layer, "attn_v") == layer_type("q4_k_m", layer, "ffn_down"));
    CHECK((layer_type("q5_k_m", layer, "attn_v") == "Q6_K") ==
          (layer_type("q4_k_m", layer, "attn_v") == "Q6_K"));
    if (layer_type("q4_k_m", layer, "attn_v") == "Q6_K") more.insert(layer);
    CHECK(layer_type("q4_k_m", layer, "attn_k") == "Q4_K");
  }
  // i < 4, i ≥ 28, and every third of those between.
  CHECK(more == std::set<std::uint32_t>{0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31});
}

TEST_CASE("mixtures: the others as llama-quantize mixes them") {
  CHECK(layer_type("q4_k_s", 3, "attn_v") == "Q5_K");
  CHECK(layer_type("q4_k_s", 4, "attn_v") == "Q4_K");
  CHECK(layer_type("q4_k_s", 3, "ffn_down") == "Q5_K");
  CHECK(layer_type("q4_k_s", 4, "ffn_down") == "Q4_K");
  CHECK(layer_type("q3_k_m", 1, "attn_v") == "Q5_K");
  CHECK(layer_type("q3_k_m", 2, "attn_v") == "Q4_K");
  CHECK(layer_type("q3_k_m", 1, "ffn_down") == "Q5_K");
  CHECK(layer_type("q3_k_m", 2, "ffn_down") == "Q4_K");
  CHECK(layer_type("q3_k_m", 2, "attn_output") == "Q4_K");
  CHECK(layer_type("q3_k_m", 2, "ffn_up") == "Q3_K");
  CHECK(layer_type("q3_k_l", 20, "ffn_down") == "Q5_K");
  CHECK(layer_type("q3_k_s", 20, "ffn_down") == "Q3_K");
  CHECK(layer_type("q2_k", 0, "attn_v") == "Q4_K");
  CHECK(layer_type("q2_k", 0, "attn_v", {.layers = 32, .queries_per_key = 1}) == "Q3_K");
  CHECK(layer_type("q2_k", 0, "ffn_down") == "Q3_K");
  CHECK(layer_type("q2_k", 0, "ffn_up") == "Q2_K");
  CHECK(layer_type("q4_k_s", 10, "attn_v", {.layers = 80, .queries_per_key = 8}) == "Q5_K");
  CHECK(layer_type("q4_k_s", 10, "attn_v", {.layers = 32, .queries_per_key = 4, .experts = 8}) == "Q8_0");
  CHECK(layer_type("q4_k_s", 10, "attn_output", {.layers = 32, .queries_per_key = 4, .experts = 8}) ==
        "Q5_K");
  CHECK(type_of("mxfp4_moe", "blk.0.ffn_up_exps.weight", {8, 128, 4096}) == "MXFP4");
  CHECK(type_of("mxfp4_moe", "blk.0.attn_q.weight") == "Q8_0");
}

TEST_CASE("mixtures: rows that are no whole blocks get the next type that fits") {
  const auto fitting = [](std::string_view type, std::uint64_t cols) {
    return fitting_type(*find_element_type(FileKind::gguf, type), cols).name;
  };
  CHECK(fitting("Q4_K", 512) == "Q4_K");
  CHECK(fitting("Q4_K", 288) == "Q5_0");
  CHECK(fitting("Q5_K", 288) == "Q5_1");
  CHECK(fitting("Q6_K", 288) == "Q8_0");
  for (const char* type : {"Q2_K", "Q3_K", "TQ1_0", "TQ2_0"}) CHECK(fitting(type, 288) == "Q4_0");
  CHECK(fitting("IQ4_XS", 288) == "IQ4_NL");
  for (const char* type : {"Q4_K", "Q4_0", "Q8_0", "MXFP4", "TQ1_0"}) CHECK(fitting(type, 100) == "F16");
  CHECK(fitting("F32", 7) == "F32");
}

TEST_CASE("mixtures: numbers of files' types are distinct, ids are found, others named") {
  std::set<std::uint32_t> numbers;
  for (const Mixture& mixture : mixtures()) {
    CHECK(&find_mixture(mixture.id) == &mixture);
    CHECK(find_element_type(FileKind::gguf, mixture.type) != nullptr);
    CHECK(numbers.insert(mixture.file_type).second);
  }
  CHECK_THROWS_WITH_AS(find_mixture("q9"), doctest::Contains("no mixture \"q9\"; there are f32, bf16"),
                       EngineError);
}

}  // namespace compression
