#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/files/gguf.h"

namespace compression {
namespace {

struct ValueType {
  std::string_view name;
  std::size_t size;
};

// By number.
constexpr auto value_types = std::to_array<ValueType>({{"uint8", 1},
                                                       {"int8", 1},
                                                       {"uint16", 2},
                                                       {"int16", 2},
                                                       {"uint32", 4},
                                                       {"int32", 4},
                                                       {"float32", 4},
                                                       {"bool", 1},
                                                       {"string", 0},
                                                       {"array", 0},
                                                       {"uint64", 8},
                                                       {"int64", 8},
                                                       {"float64", 8}});

}  // namespace

std::string_view name(GgufType type) noexcept {
  return value_types[static_cast<std::size_t>(type)].name;
}

std::optional<GgufType> find_gguf_value_type(std::string_view name) noexcept {
  const auto found = std::find_if(value_types.begin(), value_types.end(),
                                  [&](const ValueType& type) { return type.name == name; });
  if (found == value_types.end()) return std::nullopt;
  return static_cast<GgufType>(found - value_types.begin());
}

std::size_t value_size(GgufType type) noexcept {
  return value_types[static_cast<std::size_t>(type)].size;
}

std::string_view GgufStrings::next() noexcept {
  std::uint64_t length = 0;
  std::memcpy(&length, rest_.data(), sizeof length);
  const auto text = rest_.subspan(sizeof length, static_cast<std::size_t>(length));
  rest_ = rest_.subspan(sizeof length + text.size());
  return {reinterpret_cast<const char*>(text.data()), text.size()};
}

void append_gguf_string(std::vector<std::uint8_t>& bytes, std::string_view text) {
  const std::uint64_t length = text.size();
  const auto* const first = reinterpret_cast<const std::uint8_t*>(&length);
  bytes.insert(bytes.end(), first, first + sizeof length);
  bytes.insert(bytes.end(), text.begin(), text.end());
}

}  // namespace compression
