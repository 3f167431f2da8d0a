/// Rounding as ggml does it: the nearest integer, ties to even, read from the low bits of x + 1.5 × 2^23.
///
/// Beyond ±(2^22 − 1), and for infinity and NaN, those bits are no longer the nearest integer; degenerate
/// blocks get there, and their bytes depend on it.
#pragma once

#include <cstdint>

#include "engine/tensor/batch.h"

namespace compression::ggml {

/// Up to this magnitude `nearest` is round_half_to_even.
inline constexpr float largest_rounded = 0x1p22f - 1;

/// Integers −2^22…2^22 − 1, for any x.
template <class F>
inline auto nearest_words(F x) noexcept {
  return (as_words(x + F(0x1.8p23f)) & 0x7fffff) - 0x400000;
}

/// The same as floats.
template <class F>
inline F nearest(F x) noexcept {
  return to_floats(nearest_words(x));
}

/// The same of one number.
inline std::int32_t nearest_integer(float x) noexcept {
  return nearest_words(ScalarBatch<float>(x)).value;
}

}  // namespace compression::ggml
