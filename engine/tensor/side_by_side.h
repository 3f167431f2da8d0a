/// Blocks side by side: a lane for each, so that sums over a block keep their order from first to last
/// whatever the width of a batch.
#pragma once

#include <array>
#include <cstddef>

#include "engine/tensor/batch.h"

namespace compression {

/// Element i of Floats::size blocks of n elements.
template <std::size_t n>
using SideBySide = std::array<Floats, n>;

/// Floats::size blocks that follow one another, source [Floats::size × n]; n is a multiple of 4.
template <std::size_t n, class F = Floats>
inline std::array<F, n> load_side_by_side(const float* source) noexcept {
  std::array<F, n> blocks;
  if constexpr (F::size == 1) {
    for (std::size_t i = 0; i < n; ++i) blocks[i] = F(source[i]);
  } else {
    static_assert(F::size == 4 && n % 4 == 0);
    for (std::size_t i = 0; i < n; i += 4) {
      const F a = F::load_unaligned(source + i);
      const F b = F::load_unaligned(source + n + i);
      const F c = F::load_unaligned(source + 2 * n + i);
      const F d = F::load_unaligned(source + 3 * n + i);
      const F ac_low = zip_lo(a, c);
      const F bd_low = zip_lo(b, d);
      const F ac_high = zip_hi(a, c);
      const F bd_high = zip_hi(b, d);
      blocks[i] = zip_lo(ac_low, bd_low);
      blocks[i + 1] = zip_hi(ac_low, bd_low);
      blocks[i + 2] = zip_lo(ac_high, bd_high);
      blocks[i + 3] = zip_hi(ac_high, bd_high);
    }
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
