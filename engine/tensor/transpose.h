/// Vectors that lie one after another in memory, turned so that a batch holds one coordinate of several.
#pragma once

#include <array>
#include <cstddef>

#include "engine/tensor/batch.h"

namespace compression {

/// source [Floats::size, 8], row-major → eight batches: coordinate i of every row.
inline std::array<Floats, 8> load_columns_of_eight(const float* source) noexcept {
  std::array<Floats, 8> columns;
#ifdef COMPRESSION_SCALAR
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = source[i];
#else
  for (std::size_t half = 0; half < 8; half += 4) {
    const Floats a = Floats::load_unaligned(source + half);
    const Floats b = Floats::load_unaligned(source + half + 8);
    const Floats c = Floats::load_unaligned(source + half + 16);
    const Floats d = Floats::load_unaligned(source + half + 24);
    const Floats ac_low = zip_lo(a, c);
    const Floats ac_high = zip_hi(a, c);
    const Floats bd_low = zip_lo(b, d);
    const Floats bd_high = zip_hi(b, d);
    columns[half] = zip_lo(ac_low, bd_low);
    columns[half + 1] = zip_hi(ac_low, bd_low);
    columns[half + 2] = zip_lo(ac_high, bd_high);
    columns[half + 3] = zip_hi(ac_high, bd_high);
  }
#endif
  return columns;
}

}  // namespace compression
