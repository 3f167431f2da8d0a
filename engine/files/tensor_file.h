/// What safetensors and GGUF files have in common: tensors by name, and headers that are read from the first
/// bytes of a file and written before the data streams.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/files/element_type.h"

namespace compression {

/// A header goes on beyond the bytes given: read again with the first `count` bytes of the file, which are
/// more than those given and no more than the file has.
struct MoreBytes {
  std::uint64_t count;
};

/// A tensor of a file.
struct TensorEntry {
  std::string name;
  std::vector<std::uint64_t> shape;  // row-major: the last dimension is contiguous, [out, in] of a matrix
  const ElementType* type = nullptr;
  std::uint64_t begin = 0;  // first byte of the data, from the file's start
  std::uint64_t byte_length = 0;
};

/// A tensor that is to be written.
struct TensorDescription {
  std::string name;
  std::vector<std::uint64_t> shape;  // as above
  const ElementType* type = nullptr;
};

/// Where the data of a tensor goes.
struct PlannedTensor {
  std::size_t index;          // in the list of descriptions
  std::uint64_t byte_length;  // of the data
  std::uint64_t padding;      // zero bytes that follow it
};

/// A file that is to be written: `header`, then the tensors in this order, each with its padding.
struct FilePlan {
  std::vector<std::uint8_t> header;
  std::vector<PlannedTensor> tensors;
  std::uint64_t byte_length = 0;  // of the whole file
};

/// Elements of a tensor; 1 for an empty shape. Throws EngineError(corrupt_file) where the product overflows.
std::uint64_t element_count(std::string_view tensor, const std::vector<std::uint64_t>& shape);

/// Bytes of a tensor's data. Throws EngineError(corrupt_file), naming the tensor, where the product overflows
/// or the elements (of GGUF: the elements of a row) are no whole number of blocks.
std::uint64_t data_size(FileKind kind, std::string_view tensor, const std::vector<std::uint64_t>& shape,
                        const ElementType& type);

/// Throws EngineError(corrupt_file) naming the first name that occurs twice; `what`: "tensor", "key".
void require_distinct(std::vector<std::string_view> names, std::string_view what);

/// Calls `plan`, which makes a header and reads it back: the reader's rules are the writer's too, but a rule
/// that is broken here is the caller's. Throws EngineError(invalid_argument) in place of corrupt_file.
template <class Plan>
FilePlan planned(Plan plan) {
  try {
    return plan();
  } catch (const EngineError& error) {
    if (error.code() != ErrorCode::corrupt_file) throw;
    throw EngineError(ErrorCode::invalid_argument, error.what());
  }
}

/// A name as error messages show it: in quotes, cut short if long.
std::string quoted(std::string_view name);

}  // namespace compression
