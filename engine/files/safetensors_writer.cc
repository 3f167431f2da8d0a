#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/error.h"
#include "engine/files/checked.h"
#include "engine/files/safetensors.h"
#include "engine/files/utf8.h"

namespace compression {
namespace {

/// Appends a string in quotes, escaped as JSON asks.
void append_string(std::string& json, std::string_view text) {
  if (!is_utf8(text)) throw EngineError(ErrorCode::invalid_argument, "a name or text is not valid UTF-8");
  json.push_back('"');
  for (const char character : text) {
    if (character == '"' || character == '\\') {
      json.push_back('\\');
      json.push_back(character);
    } else if (static_cast<unsigned char>(character) < ' ') {
      constexpr std::string_view digits = "0123456789abcdef";
      json.append("\\u00");
      json.push_back(digits[static_cast<std::size_t>(character) >> 4]);
      json.push_back(digits[static_cast<std::size_t>(character) & 15]);
    } else {
      json.push_back(character);
    }
  }
  json.push_back('"');
}

void append_metadata(std::string& json, const TextMetadata& metadata) {
  append_string(json, "__metadata__");
  json.append(":{");
  for (const auto& [key, text] : metadata) {
    if (json.back() != '{') json.push_back(',');
    append_string(json, key);
    json.push_back(':');
    append_string(json, text);
  }
  json.push_back('}');
}

void append_tensor(std::string& json, const TensorDescription& tensor, std::uint64_t begin,
                   std::uint64_t end) {
  append_string(json, tensor.name);
  json.append(":{\"dtype\":");
  append_string(json, tensor.type->name);
  json.append(",\"shape\":[");
  for (const std::uint64_t dimension : tensor.shape) {
    if (json.back() != '[') json.push_back(',');
    json.append(std::to_string(dimension));
  }
  json.append("],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]}");
}

/// Indices of the tensors in the order of their data.
std::vector<std::size_t> data_order(std::span<const TensorDescription> tensors) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // Types stand in one table, narrowest first.
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(tensors[b].type, tensors[a].name) < std::tie(tensors[a].type, tensors[b].name);
  });
  return order;
}

/// The file's header and the places of its data.
FilePlan lay_out(std::span<const TensorDescription> tensors, const TextMetadata& metadata) {
  FilePlan plan;
  std::string json = "{";
  if (!metadata.empty()) append_metadata(json, metadata);
  std::uint64_t end = 0;
  for (const std::size_t index : data_order(tensors)) {
    const TensorDescription& tensor = tensors[index];
    const std::uint64_t size = data_size(FileKind::safetensors, tensor.name, tensor.shape, *tensor.type);
    const auto next = checked_add(end, size);
    if (!next) throw EngineError(ErrorCode::invalid_argument, "the tensors take 2^64 bytes or more");
    if (json.size() > 1) json.push_back(',');
    append_tensor(json, tensor, end, *next);
    plan.tensors.push_back({.index = index, .byte_length = size, .padding = 0});
    end = *next;
  }
  json.push_back('}');
  json.resize((json.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = json.size();
  plan.header.resize(sizeof length + json.size());
  std::memcpy(plan.header.data(), &length, sizeof length);
  std::memcpy(plan.header.data() + sizeof length, json.data(), json.size());
  plan.byte_length = plan.header.size() + end;
  return plan;
}

}  // namespace

FilePlan plan_safetensors(std::span<const TensorDescription> tensors, const TextMetadata& metadata) {
  return planned([&] {
    FilePlan plan = lay_out(tensors, metadata);
    read_safetensors_header(plan.header, plan.byte_length);
    return plan;
  });
}

}  // namespace compression
