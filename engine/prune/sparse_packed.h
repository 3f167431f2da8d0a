/// Weights that are pruned and on an integer grid at once, in bytes: nothing is stored of those that are
/// pruned but where they stood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/formats/packed.h"
#include "engine/prune/sparsity.h"

namespace compression {

/// Bytes, in this order: where weights are kept, for n:m indices (semi_structured.h), else a bit a weight,
/// the first lowest; the codes of those that are kept, row by row, as one bit stream; scales and zero points
/// of all groups as the format stores them.
struct SparsePacked {
  std::vector<std::uint8_t> bytes;
  PackOptions spec;  // of the integer format, rows and cols
  Sparsity sparsity;

  /// Bits stored per weight of the layer, those that are pruned included.
  [[nodiscard]] double bits_per_weight() const noexcept;
};

/// Throws EngineError(invalid_argument) unless the format is an integer one: its codes lie in one stream, and
/// 0 is one of its values.
void require_sparse_format(const std::string& format);

/// Leaves out what a mask [rows, cols] prunes of packed weights. Throws EngineError(invalid_argument) for a
/// format that is not an integer one and a mask that does not fit the weights or its pattern.
SparsePacked pack_sparse(const Packed& weights, const Mask& mask, const Sparsity& sparsity);

/// The weights [rows, cols], 0 where they are pruned. Errors: as unpack.
std::vector<float> unpack_sparse(const SparsePacked& sparse);

}  // namespace compression
