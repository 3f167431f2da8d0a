/// What the harnesses share: a check that ends the run, and a file that is read as callers read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "engine/error.h"
#include "engine/files/tensor_file.h"

namespace compression::fuzz {

using Bytes = std::span<const std::uint8_t>;

/// Ends the run: libFuzzer keeps the input.
inline void require(bool condition) {
  if (!condition) __builtin_trap();
}

/// The header of a file of which `read` is given a prefix that grows as it asks; nothing where it is refused.
template <class Header, class Read>
std::optional<Header> read_growing(Bytes file, Read read) {
  std::size_t given = 0;
  try {
    while (true) {
      const std::variant<MoreBytes, Header> answer = read(file.first(given), file.size());
      if (const auto* const header = std::get_if<Header>(&answer)) return *header;
      const std::uint64_t more = std::get<MoreBytes>(answer).count;
      require(more > given && more <= file.size());
      given = static_cast<std::size_t>(more);
    }
  } catch (const EngineError&) {
    return std::nullopt;
  }
}

/// Each tensor lies within the file.
inline void require_within(const std::vector<TensorEntry>& tensors, Bytes file) {
  for (const TensorEntry& tensor : tensors) {
    require(tensor.type != nullptr && tensor.begin <= file.size());
    require(tensor.byte_length <= file.size() - tensor.begin);
  }
}

/// What has been read, as it would be written.
inline std::vector<TensorDescription> descriptions(const std::vector<TensorEntry>& tensors) {
  std::vector<TensorDescription> list;
  for (const TensorEntry& tensor : tensors) list.push_back({tensor.name, tensor.shape, tensor.type});
  return list;
}

}  // namespace compression::fuzz
