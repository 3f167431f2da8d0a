/// Tables of sixteen floats, looked up sixteen codes at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/tensor/batch.h"

#if !defined(COMPRESSION_SCALAR) && defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

namespace compression {

/// Sixteen floats that codes 0…15 name.
class FloatTable {
 public:
  static constexpr std::size_t step = 16;  // codes looked up at once

  explicit FloatTable(const std::array<float, 16>& values) noexcept;

  /// values[code] × scale for codes [step], one per byte → [step].
  void look_up(const std::uint8_t* codes, float scale, float* target) const noexcept;

 private:
#if !defined(COMPRESSION_SCALAR) && defined(__wasm_simd128__)
  std::array<v128_t, 4> planes_;  // plane i holds byte i of every value
#else
  std::array<float, 16> values_;
#endif
};

#if !defined(COMPRESSION_SCALAR) && defined(__wasm_simd128__)

inline FloatTable::FloatTable(const std::array<float, 16>& values) noexcept {
  const auto quarter = [&](std::size_t i) { return wasm_v128_load(values.data() + 4 * i); };
  // Even bytes and odd bytes apart, twice.
  const auto even = [](v128_t a, v128_t b) {
    return wasm_i8x16_shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  };
  const auto odd = [](v128_t a, v128_t b) {
    return wasm_i8x16_shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  };
  const v128_t even_low = even(quarter(0), quarter(1));
  const v128_t even_high = even(quarter(2), quarter(3));
  const v128_t odd_low = odd(quarter(0), quarter(1));
  const v128_t odd_high = odd(quarter(2), quarter(3));
  planes_ = {even(even_low, even_high), even(odd_low, odd_high), odd(even_low, even_high),
             odd(odd_low, odd_high)};
}

inline void FloatTable::look_up(const std::uint8_t* codes, float scale, float* target) const noexcept {
  const auto low_bytes = [](v128_t a, v128_t b) {
    return wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  };
  const auto high_bytes = [](v128_t a, v128_t b) {
    return wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  };
  const auto low_halves = [](v128_t a, v128_t b) {
    return wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  };
  const auto high_halves = [](v128_t a, v128_t b) {
    return wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
  };
  const v128_t all = wasm_v128_load(codes);
  std::array<v128_t, 4> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = wasm_i8x16_swizzle(planes_[i], all);
  const v128_t factor = wasm_f32x4_splat(scale);
  const auto store = [&](v128_t floats, std::size_t i) {
    wasm_v128_store(target + i, wasm_f32x4_mul(floats, factor));
  };
  const v128_t low = low_bytes(bytes[0], bytes[1]);
  const v128_t high = low_bytes(bytes[2], bytes[3]);
  store(low_halves(low, high), 0);
  store(high_halves(low, high), 4);
  const v128_t last_low = high_bytes(bytes[0], bytes[1]);
  const v128_t last_high = high_bytes(bytes[2], bytes[3]);
  store(low_halves(last_low, last_high), 8);
  store(high_halves(last_low, last_high), 12);
}

#else

inline FloatTable::FloatTable(const std::array<float, 16>& values) noexcept : values_(values) {}

inline void FloatTable::look_up(const std::uint8_t* codes, float scale, float* target) const noexcept {
  for (std::size_t i = 0; i < step; ++i) target[i] = values_[codes[i]] * scale;
}

#endif

}  // namespace compression
