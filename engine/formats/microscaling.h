/// The elements of OCP's microscaling formats and how a block chooses its scale (OCP MX v1.0, 5 and 6.3).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/formats/e8m0.h"
#include "engine/formats/packed.h"
#include "engine/formats/small_float.h"
#include "engine/tensor/batch.h"

namespace compression {

inline constexpr std::size_t microscaling_block = 32;

/// An element that is a small float, saturating.
template <SmallFloat fields>
struct FloatElement {
  static constexpr int bits = fields.bits();
  static constexpr int exponent_bits = fields.exponent_bits;
  static constexpr int mantissa_bits = fields.mantissa_bits;
  static constexpr std::int32_t largest_code = fields.largest;

  /// Codes in the low bits, sign-extended.
  template <class F>
  static auto encode(F values) noexcept {
    return small_float_from_float_bits<fields>(as_words(values), Overflow::saturate);
  }
  /// Value of codes in the low bits, zeros above.
  template <class W>
  static auto decode(W codes) noexcept {
    return as_floats(float_bits_from_small_float<fields>(codes));
  }
};

/// An element that is an integer in 64ths; −128 is not used, so that the elements are symmetric.
struct IntegerElement {
  static constexpr int bits = 8;
  static constexpr int exponent_bits = 0;
  static constexpr int mantissa_bits = 7;
  static constexpr std::int32_t largest_code = 127;

  template <class F>
  static auto encode(F values) noexcept {
    const auto steps = as_words(values * F(64.0f) + F(rounder)) - decltype(as_words(values))(rounder_bits);
    const decltype(steps) last(largest_code);
    return max(min(steps, last), decltype(steps)(-largest_code));
  }
  template <class W>
  static auto decode(W codes) noexcept {
    using F = decltype(as_floats(codes));
    return to_floats((codes << 24) >> 24) * F(1.0f / 64);
  }
};

/// The E8M0 code of the scale for a block whose largest magnitude has these float32 bits, finite. With floor,
/// that magnitude's power of two over the elements' largest; with ceil, the smallest power of two under which
/// no element is clipped. Limited to 2^-127 … 2^127; a block of zeros has the code 0.
template <class Element>
std::int32_t microscale_code(std::int32_t absmax_bits, ScaleRule rule) noexcept {
  const float largest = Element::decode(ScalarBatch<std::int32_t>(Element::largest_code)).value;
  const auto largest_bits = as_words(ScalarBatch<float>(largest)).value;
  const std::int32_t largest_exponent = (largest_bits >> 23) - e8m0_bias;
  // A mantissa above that of the largest element carries into the exponent.
  const std::int32_t carry = rule == ScaleRule::ceil ? 0x7fffff - (largest_bits & 0x7fffff) : 0;
  return std::clamp(((absmax_bits + carry) >> 23) - largest_exponent, 0, e8m0_largest);
}

}  // namespace compression
