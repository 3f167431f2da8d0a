/// E8M0, the power of two that scales a microscaling block (OCP MX v1.0, 5.4.1): 2^(code − 127), code 255 for
/// NaN. It has neither sign nor zero. Code 0, 2^-127, is a subnormal float32.
#pragma once

#include <cstdint>

#include "engine/formats/packed.h"
#include "engine/tensor/batch.h"

namespace compression {

inline constexpr std::int32_t e8m0_bias = 127;
inline constexpr std::int32_t e8m0_largest = 254;
inline constexpr std::int32_t e8m0_nan = 255;

/// Bits of the float32 numbers that codes 0…255 stand for.
template <class Words>
inline Words float_bits_from_e8m0(Words codes) noexcept {
  const Words normal = codes << 23;
  const Words finite = select(codes < Words(1), Words(1 << 22), normal);
  return select(Words(e8m0_largest) < codes, Words(0x7fc00000), finite);
}

/// Codes of the powers of two nearest to the magnitudes of the float32 numbers with these bits, which must
/// not be NaN; half way between two, the even code. Everything below 2^-127, 0 too, becomes 2^-127; what is
/// too large becomes 2^127, or with Overflow::ieee NaN.
template <class Words>
inline Words e8m0_from_float_bits(Words bits, Overflow overflow) noexcept {
  const Words magnitude = bits & Words(0x7fffffff);
  const Words odd = (magnitude >> 23) & Words(1);
  const Words normal = (magnitude + Words(0x3fffff) + odd) >> 23;
  // Subnormal: half way between 2^-127 and 2^-126 lies 1.5 × 2^-127.
  const Words subnormal = select(Words(0x600000) < magnitude, Words(1), Words(0));
  const Words code = select(magnitude < Words(1 << 23), subnormal, normal);
  return min(code, Words(overflow == Overflow::ieee ? e8m0_nan : e8m0_largest));
}

inline std::int32_t e8m0_from_float(float value, Overflow overflow = Overflow::saturate) noexcept {
  return e8m0_from_float_bits(as_words(ScalarBatch<float>(value)), overflow).value;
}
inline float float_from_e8m0(std::int32_t code) noexcept {
  return as_floats(float_bits_from_e8m0(ScalarBatch<std::int32_t>(code))).value;
}

}  // namespace compression
