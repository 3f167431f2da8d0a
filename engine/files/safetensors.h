/// safetensors: a JSON header that names tensors, and their bytes.
///
///   u64 length of the header | header, UTF-8 | data
///
/// Source: the format's README and reference reader (safetensors, `tensor.rs`).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/files/tensor_file.h"

namespace compression {

/// Texts by name, as `__metadata__` has them.
using TextMetadata = std::vector<std::pair<std::string, std::string>>;

struct SafetensorsHeader {
  TextMetadata metadata;             // in the file's order
  std::vector<TensorEntry> tensors;  // in the order of their data
};

/// Longest header that the format allows, in bytes.
inline constexpr std::uint64_t longest_safetensors_header = 100'000'000;

/// Reads the header of a file of `file_size` bytes that starts with `prefix`, and checks every rule of the
/// format: the header is strict JSON, starts with `{`, and names nothing twice; each tensor's bytes are what
/// its shape and type ask for; the tensors fill the data without gap, overlap or rest. Throws
/// EngineError(corrupt_file) naming tensor and rule, or unsupported naming a type that is not known.
std::variant<MoreBytes, SafetensorsHeader> read_safetensors_header(std::span<const std::uint8_t> prefix,
                                                                   std::uint64_t file_size);

/// Plans a file: tensors by alignment of their type, widest first, then by name, so that each starts aligned;
/// a header padded with spaces to a multiple of eight bytes. Throws EngineError(invalid_argument) for a name
/// that occurs twice, is `__metadata__`, or is no UTF-8, and for shapes that overflow.
FilePlan plan_safetensors(std::span<const TensorDescription> tensors, const TextMetadata& metadata);

/// The file of a sharded model that holds a tensor.
struct ShardEntry {
  std::string tensor;
  std::string file;
};

/// Reads `model.safetensors.index.json`: its `weight_map` of tensor names to file names. Throws
/// EngineError(corrupt_file).
std::vector<ShardEntry> read_shard_index(std::span<const std::uint8_t> json);

}  // namespace compression
