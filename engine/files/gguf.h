/// GGUF: typed metadata, then tensors that each start at a multiple of an alignment.
///
///   "GGUF" | u32 version | i64 tensors | i64 keys | metadata | tensor infos | zeros up to the alignment |
///   data
///
/// Versions 2 and 3, little-endian. Source: ggml's `docs/gguf.md`, and where that is silent its reader,
/// `gguf.cpp`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/files/tensor_file.h"

namespace compression {

/// Types of values, by their numbers in the file.
enum class GgufType : std::uint32_t {
  uint8,
  int8,
  uint16,
  int16,
  uint32,
  int32,
  float32,
  boolean,
  string,
  array,
  uint64,
  int64,
  float64,
};

/// "uint8", …, "bool", "string", "array", …
std::string_view name(GgufType type) noexcept;

/// The type of that name, if there is one.
std::optional<GgufType> find_gguf_value_type(std::string_view name) noexcept;

/// Bytes of a value of fixed size; 0 for strings and arrays.
std::size_t value_size(GgufType type) noexcept;

/// One key with its value. The bytes belong to whoever holds the file's header.
struct GgufMetadata {
  std::string_view key;
  GgufType type = GgufType::uint32;
  GgufType element = GgufType::uint32;  // of an array: type of its elements; else `type`
  std::uint64_t count = 1;              // of an array: elements
  std::span<const std::uint8_t>
      payload{};  // the values as the file has them: a string is its length and its bytes
};

/// The strings of a value of strings, one after the other. They view the payload.
class GgufStrings {
 public:
  explicit GgufStrings(const GgufMetadata& metadata) noexcept : rest_(metadata.payload) {}
  /// The next string; there are `count`.
  std::string_view next() noexcept;

 private:
  std::span<const std::uint8_t> rest_;
};

/// Appends a string as values have it.
void append_gguf_string(std::vector<std::uint8_t>& bytes, std::string_view text);

struct GgufHeader {
  std::uint32_t version = 3;
  std::uint64_t alignment = 32;
  std::vector<GgufMetadata> metadata;
  std::vector<TensorEntry> tensors;  // shapes row-major: the file's dimensions in reverse
};

/// Longest header that is read, in bytes. The format knows no bound; vocabularies take some 10 MB.
inline constexpr std::uint64_t longest_gguf_header = 256 << 20;

/// Reads the header of a file of `file_size` bytes that starts with `prefix`; what it answers views the
/// prefix. Counts and lengths are held to the size of the file before anything is allocated. Checks every
/// rule: version, keys not empty and distinct, value types, no nested arrays, alignment a power of two,
/// tensor names of at most 63 bytes and distinct, at most 4 dimensions, whole blocks in every row, data in
/// file order without gap or overlap, and padding after the last tensor too. Throws EngineError(corrupt_file)
/// naming key or tensor and the rule, or unsupported for versions and types that are not read.
std::variant<MoreBytes, GgufHeader> read_gguf_header(std::span<const std::uint8_t> prefix,
                                                     std::uint64_t file_size);

/// Plans a file of version 3 with these tensors in this order. The alignment is that of the metadata's
/// `general.alignment`, 32 without. Throws EngineError(invalid_argument) for what a reader would refuse.
FilePlan plan_gguf(std::span<const TensorDescription> tensors, std::span<const GgufMetadata> metadata);

}  // namespace compression
