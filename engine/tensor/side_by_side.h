/// Blocks side by side: a lane for each, so that sums over a block keep their order from first to last
/// whatever the width of a batch.
#pragma once

#include <array>
#include <cstddef>

#include "engine/tensor/batch.h"
#include "engine/tensor/transpose.h"

namespace compression {

/// Element i of Floats::size blocks of n elements.
template <std::size_t n>
using SideBySide = std::array<Floats, n>;

/// F::size blocks that follow one another, source [F::size × n]; n is a multiple of F::size.
template <std::size_t n, class F = Floats>
inline std::array<F, n> load_side_by_side(const float* source) noexcept {
  static_assert(n % F::size == 0);
  std::array<F, n> blocks;
  for (std::size_t i = 0; i < n; i += F::size) {
    const auto square = load_transposed<F>(source + i, n);
    for (std::size_t j = 0; j < F::size; ++j) blocks[i + j] = square[j];
  }
  return blocks;
}

/// One block by itself.
template <std::size_t n>
inline std::array<ScalarBatch<float>, n> load_alone(const std::array<float, n>& block) noexcept {
  std::array<ScalarBatch<float>, n> alone;
  for (std::size_t i = 0; i < n; ++i) alone[i] = block[i];
  return alone;
}

}  // namespace compression
