/// The naive form of every kernel, one number at a time and straight from its definition: what the fast forms
/// have to equal bit for bit.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace compression::reference {

inline float absmax(std::span<const float> values) {
  float largest = 0;
  for (const float value : values) {
    if (std::abs(value) > largest) largest = std::abs(value);
  }
  return largest;
}

/// EQ 7.3 for one weight: clamp(round(w / s), −2^(b−1), 2^(b−1) − 1), ties to even.
inline int quantize(float weight, float scale, int bits) {
  if (scale == 0) return 0;
  const float highest = static_cast<float>((1 << (bits - 1)) - 1);
  const float code = std::nearbyint(weight / scale);
  return static_cast<int>(std::fmin(std::fmax(code, -highest - 1), highest));
}

/// Codes one bit at a time into a little-endian stream.
inline std::vector<std::uint8_t> pack_codes(std::span<const std::uint8_t> codes, int bits) {
  std::vector<std::uint8_t> stream((codes.size() * static_cast<std::size_t>(bits) + 7) / 8);
  std::size_t position = 0;
  for (const std::uint8_t code : codes) {
    for (int bit = 0; bit < bits; ++bit, ++position) {
      const int value = (code >> bit) & 1;
      stream[position / 8] = static_cast<std::uint8_t>(stream[position / 8] | value << (position % 8));
    }
  }
  return stream;
}

/// The codes of a little-endian stream, bit by bit.
inline std::vector<int> unpack_codes(std::span<const std::uint8_t> stream, std::size_t count, int bits) {
  std::vector<int> codes(count);
  std::size_t position = 0;
  for (int& code : codes) {
    for (int bit = 0; bit < bits; ++bit, ++position) {
      code |= ((stream[position / 8] >> (position % 8)) & 1) << bit;
    }
  }
  return codes;
}

/// What codes 0, 1, … of a float without specials stand for, from the definition of its fields.
inline std::vector<double> magnitudes(int exponent_bits, int mantissa_bits, int last) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  std::vector<double> values;
  for (int code = 0; code <= last; ++code) {
    const int exponent = code >> mantissa_bits;
    const int mantissa = code & ((1 << mantissa_bits) - 1);
    values.push_back(exponent == 0
                         ? std::ldexp(mantissa, 1 - bias - mantissa_bits)
                         : std::ldexp((1 << mantissa_bits) + mantissa, exponent - bias - mantissa_bits));
  }
  return values;
}

/// Index of the nearest of ascending values; half way between two, the even index.
inline int nearest(double value, std::span<const double> values) {
  if (value >= values.back()) return static_cast<int>(values.size()) - 1;
  std::size_t best = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const double gain = std::abs(value - values[best]) - std::abs(value - values[i]);
    if (gain > 0 || (gain == 0 && i % 2 == 0)) best = i;
  }
  return static_cast<int>(best);
}

/// The value of a small float's code, from the definition of its fields.
inline double small_float(std::uint32_t code, int exponent_bits, int mantissa_bits) {
  const auto mantissa = static_cast<int>(code & ((1u << mantissa_bits) - 1));
  const auto exponent = static_cast<int>((code >> mantissa_bits) & ((1u << exponent_bits) - 1));
  const double sign = (code >> (exponent_bits + mantissa_bits)) != 0 ? -1 : 1;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int last = (1 << exponent_bits) - 1;
  if (exponent == last) {
    return mantissa != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : sign * std::numeric_limits<double>::infinity();
  }
  const int implicit = exponent == 0 ? 0 : 1 << mantissa_bits;
  return sign * std::ldexp(implicit + mantissa, (exponent == 0 ? 1 : exponent) - bias - mantissa_bits);
}

}  // namespace compression::reference
