/// The ways in which ggml's simpler blocks take floats to integers, made of additions alone: WebAssembly's
/// conversion costs more, and neither it nor SSE2 rounds halves away from zero.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "engine/tensor/batch.h"
#include "engine/tensor/magnitude.h"

namespace compression::ggml {

// Adding 1.5 × 2^23 to a number of less than 2^22 rounds it to an integer, half to even, in the float's
// lowest bits.
inline constexpr float rounder = 0x1.8p23f;
inline constexpr std::int32_t rounder_bits = std::bit_cast<std::int32_t>(rounder);

/// The integers of floats that are integers, for magnitudes below 2^22.
inline Words integer_words(Floats x) noexcept {
  return as_words(x + Floats(rounder)) - Words(rounder_bits);
}

/// Largest integer that is not above x, for 0 ≤ x < 2^22: C's conversion.
inline Words truncated_words(Floats x) noexcept {
  const Floats shifted = x + Floats(rounder);
  const Words nearest = as_words(shifted) - Words(rounder_bits);
  // Bits of floats that are not negative are in the order of the floats.
  const Words above = as_words(shifted - Floats(rounder));
  return select(as_words(x) < above, nearest - Words(1), nearest);
}

/// Nearest integer, halves away from zero, for magnitudes below 2^21: C's roundf.
inline Words half_away_words(Floats x) noexcept {
  const Words bits = as_words(x);
  const Floats magnitude = as_floats(bits & Words(magnitude_mask));
  const Words rounded = (truncated_words(magnitude + magnitude) + Words(1)) >> 1;
  const Words sign = bits >> 31;
  return (rounded ^ sign) - sign;
}

/// 1 / d, and 0 for 0. Infinite where |d| is below 2^-128.
inline float reciprocal_or_zero(float d) noexcept {
  return d == 0 ? 0.0f : 1.0f / d;
}

}  // namespace compression::ggml
