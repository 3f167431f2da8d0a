/// Floats of 4, 6 and 8 bits: a sign, a few exponent bits, a few mantissa bits, with subnormals. One codec
/// for all of them (OCP OFP8 v1.0; OCP MX v1.0, 5.3). Rounded to nearest, ties to even; the sign of 0 is
/// kept.
#pragma once

#include <array>
#include <cstdint>

#include "engine/formats/packed.h"
#include "engine/tensor/batch.h"

namespace compression {

/// The fields of a small float. Codes without their sign grow with the numbers that they stand for.
struct SmallFloat {
  int exponent_bits;
  int mantissa_bits;
  std::int32_t largest;  // code of the largest finite number

  [[nodiscard]] constexpr int bits() const noexcept { return 1 + exponent_bits + mantissa_bits; }
  [[nodiscard]] constexpr std::int32_t sign_bit() const noexcept { return 1 << (bits() - 1); }
  [[nodiscard]] constexpr int bias() const noexcept { return (1 << (exponent_bits - 1)) - 1; }
  /// Mantissa bits that a float32 has more.
  [[nodiscard]] constexpr int shift() const noexcept { return 23 - mantissa_bits; }
  /// Bits of the float32 that is the smallest normal number, 2^(1 − bias).
  [[nodiscard]] constexpr std::int32_t smallest_normal() const noexcept { return (128 - bias()) << 23; }
  /// Codes above the largest number, infinity or NaN: has the format any?
  [[nodiscard]] constexpr bool has_specials() const noexcept { return largest + 1 < sign_bit(); }
};

inline constexpr SmallFloat fp8_e4m3_fields{.exponent_bits = 4, .mantissa_bits = 3, .largest = 0x7e};
inline constexpr SmallFloat fp8_e5m2_fields{.exponent_bits = 5, .mantissa_bits = 2, .largest = 0x7b};
inline constexpr SmallFloat fp6_e2m3_fields{.exponent_bits = 2, .mantissa_bits = 3, .largest = 0x1f};
inline constexpr SmallFloat fp6_e3m2_fields{.exponent_bits = 3, .mantissa_bits = 2, .largest = 0x1f};
inline constexpr SmallFloat fp4_e2m1_fields{.exponent_bits = 2, .mantissa_bits = 1, .largest = 0x07};

/// What the sixteen codes of FP4 stand for.
inline constexpr std::array fp4_e2m1_values = {0.0f,  0.5f,  1.0f,  1.5f,  2.0f,  3.0f,  4.0f,  6.0f,
                                               -0.0f, -0.5f, -1.0f, -1.5f, -2.0f, -3.0f, -4.0f, -6.0f};

/// Bits of the float32 numbers that codes stand for; bits of the codes above `fields.bits()` must be 0.
template <SmallFloat fields, class Words>
inline Words float_bits_from_small_float(Words codes) noexcept {
  const Words sign = (codes & Words(fields.sign_bit())) << (32 - fields.bits());
  const Words shifted = (codes & Words(fields.sign_bit() - 1)) << fields.shift();
  const Words normal = shifted + Words((127 - fields.bias()) << 23);
  // Subnormal: as the mantissa of a number just above the smallest normal one, which is then taken away.
  const Words base(fields.smallest_normal());
  const Words subnormal = as_words(as_floats(shifted | base) - as_floats(base));
  const Words finite = select(shifted < Words(1 << 23), subnormal, normal);
  if constexpr (fields.has_specials()) {
    const Words special = (shifted & Words(0x007fffff)) | Words(0x7f800000);
    return sign | select(Words(fields.largest << fields.shift()) < shifted, special, finite);
  } else {
    return sign | finite;
  }
}

/// The codes, sign-extended, of the float32 numbers with these bits, which must not be NaN. What is too large
/// becomes the largest number, or with Overflow::ieee the code after it: infinity (E5M2), NaN (E4M3); formats
/// without such a code saturate always.
///
/// A number a of exponent e = max(⌊log2 a⌋, 1 − bias) is q = round(a × 2^(mantissa_bits − e)) steps of that
/// exponent. Adding 2^(e + shift) leaves q in the float's lowest bits, rounded by the adder; the code is
/// (e − (1 − bias)) × 2^mantissa_bits + q, and a carry reaches the next binade by itself.
template <SmallFloat fields, class Words>
inline Words small_float_from_float_bits(Words bits, Overflow overflow) noexcept {
  constexpr std::int32_t rebias = fields.smallest_normal() >> fields.shift();
  constexpr auto bits_of_code = [](std::int32_t code) {
    return (code << fields.shift()) + ((127 - fields.bias()) << 23);
  };
  const bool beyond = fields.has_specials() && overflow == Overflow::ieee;
  const Words limit(bits_of_code(fields.largest + (beyond ? 1 : 0)));
  const Words magnitude = min(bits & Words(0x7fffffff), limit);
  const Words exponent = max(magnitude & Words(0x7f800000), Words(fields.smallest_normal()));
  const Words adder = exponent + Words(fields.shift() << 23);
  const Words steps = as_words(as_floats(magnitude) + as_floats(adder)) - adder;
  return ((bits >> 31) << (fields.bits() - 1)) | (((exponent >> fields.shift()) - Words(rebias)) + steps);
}

/// The code of one number, which must not be NaN.
template <SmallFloat fields>
inline std::int32_t small_float_from_float(float value, Overflow overflow = Overflow::saturate) noexcept {
  const auto bits = as_words(ScalarBatch<float>(value));
  return small_float_from_float_bits<fields>(bits, overflow).value & (2 * fields.sign_bit() - 1);
}

/// The number that one code stands for.
template <SmallFloat fields>
inline float float_from_small_float(std::int32_t code) noexcept {
  return as_floats(float_bits_from_small_float<fields>(ScalarBatch<std::int32_t>(code))).value;
}

}  // namespace compression
