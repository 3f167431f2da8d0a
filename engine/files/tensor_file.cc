#include "engine/files/tensor_file.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/files/checked.h"

namespace compression {
namespace {

[[noreturn]] void refuse(std::string_view tensor, const std::string& rule) {
  throw EngineError(ErrorCode::corrupt_file, "tensor " + quoted(tensor) + ": " + rule);
}

}  // namespace

std::uint64_t element_count(std::string_view tensor, const std::vector<std::uint64_t>& shape) {
  // A dimension of 0 must not hide that the others overflow, so they are multiplied as they come.
  std::optional<std::uint64_t> count = 1;
  for (const std::uint64_t dimension : shape) {
    count = checked_multiply(*count, dimension);
    if (!count) refuse(tensor, "the product of its shape overflows 64 bits");
  }
  return *count;
}

std::uint64_t data_size(FileKind kind, std::string_view tensor, const std::vector<std::uint64_t>& shape,
                        const ElementType& type) {
  const std::uint64_t count = element_count(tensor, shape);
  // ggml quantizes rows by themselves; safetensors asks only that a tensor ends at a byte.
  const bool by_row = kind == FileKind::gguf;
  const std::uint64_t stored_together = by_row ? (shape.empty() ? 1 : shape.back()) : count;
  if (stored_together % type.block != 0) {
    refuse(tensor, std::string(by_row ? "rows of " : "") + std::to_string(stored_together) +
                       " elements are no whole number of " + std::string(type.name) + " blocks of " +
                       std::to_string(type.block));
  }
  const auto bytes = checked_multiply(count / type.block, type.block_bytes);
  if (!bytes) refuse(tensor, "its size in bytes overflows 64 bits");
  return *bytes;
}

void require_distinct(std::vector<std::string_view> names, std::string_view what) {
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) {
    throw EngineError(ErrorCode::corrupt_file, std::string(what) + " " + quoted(*twice) + " occurs twice");
  }
}

std::string quoted(std::string_view name) {
  constexpr std::size_t most = 80;
  std::string text = "\"" + std::string(name.substr(0, most)) + "\"";
  if (name.size() > most) text += "…";
  return text;
}

}  // namespace compression
