/// n:m sparse weights as hardware reads them: beside the weights that are kept, where in their m they stood
/// (Mishra et al., "Accelerating Sparse Deep Neural Networks" (2021), section 3, for 2:4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/prune/sparsity.h"

namespace compression {

/// Bits of one index: 2 for 2:4.
int index_bits(const Sparsity& sparsity);

/// Bits per weight of the layer where a value takes `value_bits`: (n × (value_bits + index bits)) / m.
double semi_structured_bits(const Sparsity& sparsity, double value_bits);

/// Bits per weight of pruned ones where those that are kept stay fp16: n:m with indices, else a bit a weight
/// for the mask.
double pruned_bits(const Sparsity& sparsity, const Mask& mask);

/// Where the weights that a mask [out, in] keeps stand within their m, ascending, ⌈log2 m⌉ bits each, the
/// first lowest. Throws EngineError(invalid_argument) unless the mask keeps n of every m.
std::vector<std::uint8_t> semi_structured_indices(const Mask& mask, std::size_t inputs,
                                                  const Sparsity& sparsity);

/// The mask of `count` weights that such indices describe. Throws EngineError(corrupt_packed) for indices
/// that name no place, or one twice.
Mask semi_structured_mask(std::span<const std::uint8_t> indices, std::size_t count, const Sparsity& sparsity);

}  // namespace compression
