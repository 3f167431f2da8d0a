/// Tables of sixteen floats, looked up sixteen codes at a time.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/tensor/bytes.h"

namespace compression {

/// Sixteen floats that codes 0…15 name. `width` tells how many of their bytes may differ from 0, from the
/// highest down: 2 for numbers of so few digits that bf16 holds them, which are looked up in half the time.
template <std::size_t width = 4>
class FloatTable {
 public:
  static constexpr std::size_t step = 16;  // codes looked up at once

  /// Whether looking up is one instruction for all codes; else it is one for each.
#if !defined(COMPRESSION_SCALAR) && defined(__wasm_simd128__)
  static constexpr bool vectorized = true;
#else
  static constexpr bool vectorized = false;
#endif

  explicit FloatTable(const std::array<float, 16>& values) noexcept;

  /// values[code] × scale for codes [step], one per byte → [step].
  void look_up(Bytes codes, float scale, float* target) const noexcept;

 private:
  static_assert(width == 2 || width == 4);
#if !defined(COMPRESSION_SCALAR) && defined(__wasm_simd128__)
  std::array<v128_t, width> planes_;  // a plane holds one byte of every value, the last plane the highest
#else
  std::array<float, 16> values_;
#endif
};

#if !defined(COMPRESSION_SCALAR) && defined(__wasm_simd128__)

template <std::size_t width>
inline FloatTable<width>::FloatTable(const std::array<float, 16>& values) noexcept {
  for (std::size_t plane = 0; plane < width; ++plane) {
    std::array<std::uint8_t, 16> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = std::bit_cast<std::array<std::uint8_t, 4>>(values[i])[4 - width + plane];
    }
    planes_[plane] = wasm_v128_load(bytes.data());
  }
}

template <std::size_t width>
inline void FloatTable<width>::look_up(Bytes codes, float scale, float* target) const noexcept {
  const auto halves = [&](std::size_t plane) {
    return interleaved(wasm_i8x16_swizzle(planes_[plane], codes),
                       wasm_i8x16_swizzle(planes_[plane + 1], codes));
  };
  std::array<Bytes, 2> lower{};
  if constexpr (width == 4) lower = halves(0);
  const std::array<Bytes, 2> upper = halves(width - 2);
  const v128_t factor = wasm_f32x4_splat(scale);
  for (std::size_t i = 0; i < 2; ++i, target += 8) {
    const v128_t first = wasm_i16x8_shuffle(lower[i], upper[i], 0, 8, 1, 9, 2, 10, 3, 11);
    const v128_t second = wasm_i16x8_shuffle(lower[i], upper[i], 4, 12, 5, 13, 6, 14, 7, 15);
    wasm_v128_store(target, wasm_f32x4_mul(first, factor));
    wasm_v128_store(target + 4, wasm_f32x4_mul(second, factor));
  }
}

#else

template <std::size_t width>
inline FloatTable<width>::FloatTable(const std::array<float, 16>& values) noexcept : values_(values) {}

template <std::size_t width>
inline void FloatTable<width>::look_up(Bytes codes, float scale, float* target) const noexcept {
  std::array<std::uint8_t, step> all;
  std::memcpy(all.data(), &codes, all.size());
  for (std::size_t i = 0; i < step; ++i) target[i] = values_[all[i]] * scale;
}

#endif

}  // namespace compression
