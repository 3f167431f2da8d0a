#include "engine/files/tensor_data.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/formats/format.h"
#include "engine/formats/layout.h"
#include "engine/formats/packed.h"
#include "engine/formats/registry.h"

namespace compression {
namespace {

/// Turns the bytes of plain numbers into float32.
using Convert = void (*)(std::span<const std::uint8_t> bytes, std::span<float> values);

template <class Number>
void convert(std::span<const std::uint8_t> bytes, std::span<float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    Number number;
    std::memcpy(&number, bytes.data() + i * sizeof number, sizeof number);
    values[i] = static_cast<float>(number);
  }
}

void convert_bool(std::span<const std::uint8_t> bytes, std::span<float> values) {
  std::transform(bytes.begin(), bytes.end(), values.begin(),
                 [](std::uint8_t byte) { return byte == 0 ? 0.0f : 1.0f; });
}

/// How plain numbers of that type are read; nullptr for all else. The names mean the same in both kinds of
/// file.
Convert find_conversion(std::string_view type) noexcept {
  struct Plain {
    std::string_view type;
    Convert convert;
  };
  constexpr Plain plain[] = {
      // NOLINT(*-avoid-c-arrays)
      {"F32", convert<float>},         {"F64", convert<double>},        {"I8", convert<std::int8_t>},
      {"I16", convert<std::int16_t>},  {"I32", convert<std::int32_t>},  {"I64", convert<std::int64_t>},
      {"U8", convert<std::uint8_t>},   {"U16", convert<std::uint16_t>}, {"U32", convert<std::uint32_t>},
      {"U64", convert<std::uint64_t>}, {"BOOL", convert_bool},
  };
  const auto* const found = std::find_if(std::begin(plain), std::end(plain),
                                         [&](const Plain& entry) { return entry.type == type; });
  return found == std::end(plain) ? nullptr : found->convert;
}

/// The registry's format whose packed bytes the type is, or nullptr.
const Format* format_of(const ElementType& type) noexcept {
  const auto all = formats();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Format* format) { return format->info.id == type.format; });
  return found == all.end() ? nullptr : *found;
}

[[noreturn]] void refuse(const ElementType& type, std::string_view done) {
  throw EngineError(ErrorCode::unsupported, "elements of the type " + std::string(type.name) + " cannot be " +
                                                std::string(done) + " here");
}

}  // namespace

bool can_decode(const ElementType& type) noexcept {
  return find_conversion(type.name) != nullptr || format_of(type) != nullptr;
}

std::vector<float> decode_elements(const ElementType& type, std::span<const std::uint8_t> bytes) {
  if (bytes.size() % type.block_bytes != 0) {
    throw EngineError(ErrorCode::corrupt_file, std::to_string(bytes.size()) +
                                                   " bytes are no whole number of " + std::string(type.name) +
                                                   " blocks of " + std::to_string(type.block_bytes) +
                                                   " bytes");
  }
  std::vector<float> values(bytes.size() / type.block_bytes * type.block);
  if (const Convert convert = find_conversion(type.name); convert != nullptr) {
    convert(bytes, values);
    return values;
  }
  const Format* const format = format_of(type);
  if (format == nullptr) refuse(type, "read as numbers");
  format->unpack(*format, bytes, make_layout({.format = std::string(type.format)}, values.size()), values);
  return values;
}

std::vector<std::uint8_t> encode_elements(const ElementType& type, std::span<const float> values,
                                          std::size_t cols) {
  if (type.name == "F32") {
    std::vector<std::uint8_t> bytes(values.size_bytes());
    if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
  }
  if (format_of(type) == nullptr) refuse(type, "written from numbers");
  if (cols % type.block != 0) {
    throw EngineError(ErrorCode::invalid_argument,
                      "rows of " + std::to_string(cols) + " weights are no whole number of " +
                          std::string(type.name) + " blocks of " + std::to_string(type.block));
  }
  return pack(values, {.format = std::string(type.format), .cols = cols}).bytes;
}

void interleave_rotary_rows(std::span<float> values, std::size_t cols, std::size_t head_rows) {
  const std::size_t head = head_rows * cols;
  if (head == 0 || head_rows % 2 != 0 || values.size() % head != 0) {
    throw EngineError(ErrorCode::invalid_argument,
                      std::to_string(values.size()) + " weights in rows of " + std::to_string(cols) +
                          " are no whole number of heads of an even number of rows, " +
                          std::to_string(head_rows));
  }
  std::vector<float> original(head);
  for (; !values.empty(); values = values.subspan(head)) {
    std::copy_n(values.begin(), head, original.begin());
    for (std::size_t row = 0; row < head_rows; ++row) {
      const std::size_t half = row / (head_rows / 2);
      const std::size_t pair = row % (head_rows / 2);
      std::copy_n(original.data() + row * cols, cols, values.data() + (2 * pair + half) * cols);
    }
  }
}

}  // namespace compression
