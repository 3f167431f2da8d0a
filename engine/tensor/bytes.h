/// Sixteen bytes at once: what blocks of small codes are read in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/tensor/batch.h"

#if !defined(COMPRESSION_SCALAR) && defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif !defined(COMPRESSION_SCALAR) && defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace compression {

/// The floats that sixteen bytes become.
using FloatsOfBytes = std::array<Floats, 16 / Floats::size>;

#if !defined(COMPRESSION_SCALAR) && defined(__wasm_simd128__)

using Bytes = v128_t;

inline Bytes load_sixteen(const std::uint8_t* bytes) noexcept {
  return wasm_v128_load(bytes);
}

/// The lower four bits of each byte.
inline Bytes low_nibbles(Bytes bytes) noexcept {
  return wasm_v128_and(bytes, wasm_i8x16_const_splat(0x0f));
}

/// The upper four bits of each byte.
inline Bytes high_nibbles(Bytes bytes) noexcept {
  return wasm_u8x16_shr(bytes, 4);
}

/// The bytes of a and b in turn.
inline std::array<Bytes, 2> interleaved(Bytes a, Bytes b) noexcept {
  return {wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
          wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)};
}

/// Two's complement bytes, −128…127, as floats.
inline FloatsOfBytes signed_floats(Bytes bytes) noexcept {
  const v128_t low = wasm_i16x8_extend_low_i8x16(bytes);
  const v128_t high = wasm_i16x8_extend_high_i8x16(bytes);
  return {wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(low)),
          wasm_f32x4_convert_i32x4(wasm_i32x4_extend_high_i16x8(low)),
          wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(high)),
          wasm_f32x4_convert_i32x4(wasm_i32x4_extend_high_i16x8(high))};
}

#elif !defined(COMPRESSION_SCALAR) && defined(__SSE2__)

using Bytes = __m128i;

inline Bytes load_sixteen(const std::uint8_t* bytes) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
}

inline Bytes low_nibbles(Bytes bytes) noexcept {
  return _mm_and_si128(bytes, _mm_set1_epi8(0x0f));
}

inline Bytes high_nibbles(Bytes bytes) noexcept {
  return _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(0x0f));
}

inline std::array<Bytes, 2> interleaved(Bytes a, Bytes b) noexcept {
  return {_mm_unpacklo_epi8(a, b), _mm_unpackhi_epi8(a, b)};
}

inline FloatsOfBytes signed_floats(Bytes bytes) noexcept {
  // A byte moved to the top of a word is extended by the shift back.
  const __m128i low = _mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8);
  const __m128i high = _mm_srai_epi16(_mm_unpackhi_epi8(bytes, bytes), 8);
  const auto floats = [](__m128i doubled) { return Floats(_mm_cvtepi32_ps(_mm_srai_epi32(doubled, 16))); };
  return {floats(_mm_unpacklo_epi16(low, low)), floats(_mm_unpackhi_epi16(low, low)),
          floats(_mm_unpacklo_epi16(high, high)), floats(_mm_unpackhi_epi16(high, high))};
}

#else

using Bytes = std::array<std::uint8_t, 16>;

inline Bytes load_sixteen(const std::uint8_t* bytes) noexcept {
  Bytes all;
  std::memcpy(all.data(), bytes, all.size());
  return all;
}

inline Bytes low_nibbles(Bytes bytes) noexcept {
  for (std::uint8_t& byte : bytes) byte &= 0x0f;
  return bytes;
}

inline Bytes high_nibbles(Bytes bytes) noexcept {
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(byte >> 4);
  return bytes;
}

inline std::array<Bytes, 2> interleaved(Bytes a, Bytes b) noexcept {
  std::array<Bytes, 2> both;
  for (std::size_t i = 0; i < 32; ++i) both[i / 16][i % 16] = (i % 2 == 0 ? a : b)[i / 2];
  return both;
}

inline FloatsOfBytes signed_floats(Bytes bytes) noexcept {
  std::array<float, 16> all;
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int8_t>(bytes[i]);
  FloatsOfBytes floats;
  for (std::size_t i = 0; i < floats.size(); ++i) {
    floats[i] = Floats::load_unaligned(all.data() + i * Floats::size);
  }
  return floats;
}

#endif

}  // namespace compression
