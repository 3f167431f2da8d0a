/// The types in which files store the elements of tensors.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace compression {

enum class FileKind { safetensors, gguf };

/// "safetensors" or "gguf".
constexpr std::string_view name(FileKind kind) noexcept {
  return kind == FileKind::gguf ? "gguf" : "safetensors";
}

/// A type as one kind of file has it.
struct ElementType {
  std::string_view name;      // as the file's own tools spell it: "BF16", "Q4_K"
  std::uint32_t id;           // its number in GGUF; safetensors spells the name
  std::uint32_t block;        // elements that are stored together
  std::uint32_t block_bytes;  // bytes of such a block
  std::string_view format{};  // format of the registry whose packed bytes these are; empty where none is
};

/// Every type of that kind of file: of safetensors narrowest first, of GGUF by number.
std::span<const ElementType> element_types(FileKind kind) noexcept;

/// The type of that name, or nullptr.
const ElementType* find_element_type(FileKind kind, std::string_view name) noexcept;

/// The type of GGUF with that number, or nullptr for numbers that were never given or were taken back.
const ElementType* find_gguf_type(std::uint32_t id) noexcept;

}  // namespace compression
