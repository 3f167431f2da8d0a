/// fp16 codes to floats, sixteen at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/formats/float16.h"
#include "engine/tensor/narrow.h"

namespace compression {

inline constexpr std::size_t fp16_step = 16;

/// Whether all of these codes [fp16_step] stand for normal numbers: for none of 0, subnormal, infinite, NaN.
inline bool all_fp16_normal(const Half* codes) noexcept {
  // Without its sign and with this added, a code whose exponent is 0 or 31 is a positive number from 0x7000
  // on.
  constexpr std::int16_t offset = 0x7800;
  constexpr std::int16_t last_normal = 0x6fff;
#if !defined(COMPRESSION_SCALAR) && defined(__wasm_simd128__)
  const auto others = [](v128_t eight) {
    return wasm_i16x8_gt(wasm_i16x8_add(wasm_i16x8_shl(eight, 1), wasm_i16x8_const_splat(offset)),
                         wasm_i16x8_const_splat(last_normal));
  };
  return !wasm_v128_any_true(wasm_v128_or(others(wasm_v128_load(codes)), others(wasm_v128_load(codes + 8))));
#elif !defined(COMPRESSION_SCALAR) && defined(__SSE2__)
  const auto others = [](const Half* eight) {
    const __m128i all = _mm_loadu_si128(reinterpret_cast<const __m128i*>(eight));
    return _mm_cmpgt_epi16(_mm_add_epi16(_mm_add_epi16(all, all), _mm_set1_epi16(offset)),
                           _mm_set1_epi16(last_normal));
  };
  return _mm_movemask_epi8(_mm_or_si128(others(codes), others(codes + 8))) == 0;
#else
  return std::all_of(codes, codes + fp16_step, [](const Half& half) {
    const int code = half[0] | half[1] << 8;
    return static_cast<std::int16_t>(2 * code + offset) <= last_normal;
  });
#endif
}

/// codes [fp16_step] → the numbers they stand for. Where all are normal, as weights nearly always are, only
/// the exponent's bias changes.
inline void unpack_fp16(const Half* codes, float* numbers) noexcept {
  const auto store_all = [&](auto load, auto decode) {
    for (std::size_t i = 0; i < fp16_step; i += pair_size) {
      const WordPair words = load(codes + i);
      for (std::size_t j = 0; j < words.size(); ++j) {
        as_floats(decode(words[j])).store_unaligned(numbers + i + j * Words::size);
      }
    }
  };
  if (all_fp16_normal(codes)) [[likely]] {
    store_all(load_upper_halves, [](Words code) {
      // The arithmetic shift copies the sign below itself, over three bits of the longer exponent.
      return ((code >> 3) & Words(static_cast<std::int32_t>(0x8fffe000))) + Words(112 << 23);
    });
  } else {
    store_all(load_halves, [](Words code) { return float_bits_from_fp16(code); });
  }
}

}  // namespace compression
