/// Squares of numbers, turned on their way from memory.
#pragma once

#include <array>
#include <cstddef>

#include "engine/tensor/batch.h"

namespace compression {

/// The columns of a square whose rows these batches are.
template <class F, std::size_t n>
inline std::array<F, n> transposed(const std::array<F, n>& rows) noexcept {
  if constexpr (n == 1) {
    return rows;
  } else {
    static_assert(n == 4 && F::size == n);
    const auto& [a, b, c, d] = rows;
    const F ac_low = zip_lo(a, c);
    const F ac_high = zip_hi(a, c);
    const F bd_low = zip_lo(b, d);
    const F bd_high = zip_hi(b, d);
    return {zip_lo(ac_low, bd_low), zip_hi(ac_low, bd_low), zip_lo(ac_high, bd_high),
            zip_hi(ac_high, bd_high)};
  }
}

/// The square of F::size rows and columns at `source`, its rows `stride` apart: batch i holds its column i.
template <class F = Floats>
inline std::array<F, F::size> load_transposed(const float* source, std::size_t stride) noexcept {
  std::array<F, F::size> rows;
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = F::load_unaligned(source + i * stride);
  return transposed(rows);
}

}  // namespace compression
