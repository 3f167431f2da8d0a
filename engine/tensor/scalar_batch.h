/// A batch of one number with the operations of a SIMD batch: what kernels run on in the scalar build, and
/// what turns a vector conversion into the conversion of a single number in every build.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace compression {

template <class T>
struct ScalarBatch {
  static constexpr std::size_t size = 1;
  using value_type = T;

  T value{};

  ScalarBatch() = default;
  ScalarBatch(T number) noexcept : value(number) {}  // NOLINT: implicit, as a SIMD batch broadcasts a number

  static ScalarBatch load_unaligned(const T* source) noexcept { return *source; }
  void store_unaligned(T* target) const noexcept { *target = value; }

  friend ScalarBatch operator-(ScalarBatch a) noexcept { return -a.value; }
  friend ScalarBatch operator*(ScalarBatch a, ScalarBatch b) noexcept { return a.value * b.value; }
  friend ScalarBatch operator/(ScalarBatch a, ScalarBatch b) noexcept { return a.value / b.value; }
  friend ScalarBatch operator&(ScalarBatch a, ScalarBatch b) noexcept { return a.value & b.value; }
  friend ScalarBatch operator|(ScalarBatch a, ScalarBatch b) noexcept { return a.value | b.value; }
  friend ScalarBatch operator^(ScalarBatch a, ScalarBatch b) noexcept { return a.value ^ b.value; }
  friend ScalarBatch operator>>(ScalarBatch a, int bits) noexcept { return a.value >> bits; }
  friend ScalarBatch operator<<(ScalarBatch a, int bits) noexcept { return a.value << bits; }
  friend bool operator==(ScalarBatch a, ScalarBatch b) noexcept { return a.value == b.value; }
  friend bool operator<(ScalarBatch a, ScalarBatch b) noexcept { return a.value < b.value; }

  // Integer lanes wrap around, as in SIMD.
  friend ScalarBatch operator+(ScalarBatch a, ScalarBatch b) noexcept {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(static_cast<std::uint32_t>(a.value) + static_cast<std::uint32_t>(b.value));
    } else {
      return a.value + b.value;
    }
  }
  friend ScalarBatch operator-(ScalarBatch a, ScalarBatch b) noexcept {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(static_cast<std::uint32_t>(a.value) - static_cast<std::uint32_t>(b.value));
    } else {
      return a.value - b.value;
    }
  }

  friend ScalarBatch max(ScalarBatch a, ScalarBatch b) noexcept { return a.value > b.value ? a : b; }
  friend ScalarBatch min(ScalarBatch a, ScalarBatch b) noexcept { return a.value < b.value ? a : b; }
  friend ScalarBatch select(bool condition, ScalarBatch a, ScalarBatch b) noexcept {
    return condition ? a : b;
  }
  friend ScalarBatch abs(ScalarBatch a) noexcept { return std::abs(a.value); }
  friend ScalarBatch sqrt(ScalarBatch a) noexcept { return std::sqrt(a.value); }
  friend T reduce_max(ScalarBatch a) noexcept { return a.value; }
};

/// The bits of the lanes, reinterpreted.
inline ScalarBatch<float> as_floats(ScalarBatch<std::int32_t> bits) noexcept {
  return std::bit_cast<float>(bits.value);
}
inline ScalarBatch<std::int32_t> as_words(ScalarBatch<float> floats) noexcept {
  return std::bit_cast<std::int32_t>(floats.value);
}

/// −1 in the lanes where the condition holds, 0 elsewhere.
inline ScalarBatch<std::int32_t> minus_one_where(bool condition) noexcept {
  return condition ? -1 : 0;
}

/// Lane by lane, for integers of small magnitude.
inline ScalarBatch<float> to_floats(ScalarBatch<std::int32_t> words) noexcept {
  return static_cast<float>(words.value);
}

/// The same for words 0…2^23 − 1.
inline ScalarBatch<float> codes_to_floats(ScalarBatch<std::int32_t> codes) noexcept {
  return to_floats(codes);
}

/// Adding 1.5 × 2^23 to a number of less than 2^22 rounds it to an integer, half to even, in the float's
/// lowest bits.
inline constexpr float rounder = 0x1.8p23f;
inline constexpr std::int32_t rounder_bits = std::bit_cast<std::int32_t>(rounder);

/// Nearest integer, ties to even, for magnitudes below 2^22. A zero loses its sign.
inline ScalarBatch<float> round_half_to_even(ScalarBatch<float> x) noexcept {
  return (x + ScalarBatch<float>(rounder)) - ScalarBatch<float>(rounder);
}

/// Whether a comparison holds in any lane.
inline bool any(bool comparison) noexcept {
  return comparison;
}

}  // namespace compression
