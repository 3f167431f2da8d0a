/// n:m sparse weights as hardware reads them: the weights that are kept, and where in their m they stood
/// (Mishra et al., "Accelerating Sparse Deep Neural Networks" (2021), section 3, for 2:4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/prune/sparsity.h"
#include "engine/tensor/matrix.h"

namespace compression {

struct SemiStructured {
  Matrix values;  // [out, in × n / m]
  std::vector<std::uint8_t>
      indices;  // of each value within its m, ascending, ⌈log2 m⌉ bits each, lowest first
  Sparsity sparsity;
};

/// Bits of one index: 2 for 2:4.
int index_bits(const Sparsity& sparsity);

/// Bits per weight of the layer where a value takes `value_bits`: (n × (value_bits + index bits)) / m.
double semi_structured_bits(const Sparsity& sparsity, double value_bits);

/// Where the weights that a mask [out, in] keeps stand within their m, as in SemiStructured. Throws
/// EngineError(invalid_argument) unless the mask keeps n of every m.
std::vector<std::uint8_t> semi_structured_indices(const Mask& mask, std::size_t inputs,
                                                  const Sparsity& sparsity);

/// The mask of `count` weights that such indices describe. Throws EngineError(corrupt_packed) for indices
/// that name no place, or one twice.
Mask semi_structured_mask(std::span<const std::uint8_t> indices, std::size_t count, const Sparsity& sparsity);

/// Throws EngineError(invalid_argument) unless the mask keeps n of every m.
SemiStructured compress_semi_structured(ConstMatrixView weights, const Mask& mask, const Sparsity& sparsity);

/// The weights [out, in], zero where none was kept.
Matrix decompress(const SemiStructured& sparse);

}  // namespace compression
