/// Squares of numbers, turned on their way from memory.
#pragma once

#include <array>
#include <cstddef>

#include "engine/tensor/batch.h"

namespace compression {

/// The square of F::size rows and columns at `source`, its rows `stride` apart: batch i holds its column i.
template <class F = Floats>
inline std::array<F, F::size> load_transposed(const float* source, std::size_t stride) noexcept {
  if constexpr (F::size == 1) {
    return {F(*source)};
  } else {
    static_assert(F::size == 4);
    const F a = F::load_unaligned(source);
    const F b = F::load_unaligned(source + stride);
    const F c = F::load_unaligned(source + 2 * stride);
    const F d = F::load_unaligned(source + 3 * stride);
    const F ac_low = zip_lo(a, c);
    const F ac_high = zip_hi(a, c);
    const F bd_low = zip_lo(b, d);
    const F bd_high = zip_hi(b, d);
    return {zip_lo(ac_low, bd_low), zip_hi(ac_low, bd_low), zip_lo(ac_high, bd_high),
            zip_hi(ac_high, bd_high)};
  }
}

}  // namespace compression
