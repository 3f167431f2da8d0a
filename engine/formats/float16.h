/// The two 16-bit floats: fp16 (IEEE binary16: 5 exponent bits, 10 mantissa bits) and bf16 (the upper half of
/// a float32: 8 and 7). Rounded to nearest, ties to even; subnormals are kept; what is too large becomes
/// infinity, and NaN stays NaN.
#pragma once

#include <bit>
#include <cstdint>

#include "engine/tensor/batch.h"

namespace compression {

/// fp16 codes 0…0xffff of the float32 numbers with these bits. NaN becomes 0x7e00 with its sign.
template <class Words>
inline Words fp16_from_float_bits(Words bits) noexcept {
  const Words sign = (bits >> 16) & Words(0x8000);
  const Words magnitude = bits & Words(0x7fffffff);
  // Normal: move the exponent's bias from 127 to 15 and round the 13 bits that go. A carry reaches the next
  // binade, and from the last one infinity.
  const Words odd = (magnitude >> 13) & Words(1);
  const Words normal = (magnitude - Words(112 << 23) + Words(0xfff) + odd) >> 13;
  // Subnormal: adding 0.5 leaves multiples of 2^-24 in the low bits of the mantissa, rounded by the adder.
  const Words half = Words(std::bit_cast<std::int32_t>(0.5f));
  const Words subnormal = as_words(as_floats(magnitude) + as_floats(half)) - half;
  const Words finite = select(magnitude < Words(113 << 23), subnormal, normal);
  const Words infinite = select(Words(0x7f800000) < magnitude, Words(0x7e00), Words(0x7c00));
  return sign | select(magnitude < Words(143 << 23), finite, infinite);
}

/// Bits of the float32 numbers that fp16 codes 0…0xffff stand for.
template <class Words>
inline Words float_bits_from_fp16(Words codes) noexcept {
  const Words sign = (codes & Words(0x8000)) << 16;
  const Words shifted = (codes & Words(0x7fff)) << 13;
  const Words normal = shifted + Words(112 << 23);
  // Subnormal: as the mantissa of a number just above 2^-14, from which 2^-14 is then taken.
  const Words base = Words(113 << 23);
  const Words subnormal = as_words(as_floats(shifted | base) - as_floats(base));
  const Words finite = select(shifted < Words(1 << 23), subnormal, normal);
  return sign | select(shifted < Words(31 << 23), finite, shifted + Words(224 << 23));
}

/// bf16 codes 0…0xffff of the float32 numbers with these bits. NaN keeps sign and upper payload, and becomes
/// quiet.
template <class Words>
inline Words bf16_from_float_bits(Words bits) noexcept {
  const Words high = (bits >> 16) & Words(0xffff);
  const Words rounded = ((bits + Words(0x7fff) + (high & Words(1))) >> 16) & Words(0xffff);
  const Words magnitude = bits & Words(0x7fffffff);
  return select(Words(0x7f800000) < magnitude, high | Words(0x40), rounded);
}

/// Bits of the float32 numbers that bf16 codes 0…0xffff stand for.
template <class Words>
inline Words float_bits_from_bf16(Words codes) noexcept {
  return codes << 16;
}

inline std::uint16_t fp16_from_float(float value) noexcept {
  return static_cast<std::uint16_t>(fp16_from_float_bits(as_words(ScalarBatch<float>(value))).value);
}
inline float float_from_fp16(std::uint16_t code) noexcept {
  return as_floats(float_bits_from_fp16(ScalarBatch<std::int32_t>(code))).value;
}

/// The nearest fp16, as a float.
inline float fp16_rounded(float value) noexcept {
  return float_from_fp16(fp16_from_float(value));
}

inline std::uint16_t bf16_from_float(float value) noexcept {
  return static_cast<std::uint16_t>(bf16_from_float_bits(as_words(ScalarBatch<float>(value))).value);
}
inline float float_from_bf16(std::uint16_t code) noexcept {
  return as_floats(float_bits_from_bf16(ScalarBatch<std::int32_t>(code))).value;
}

}  // namespace compression
