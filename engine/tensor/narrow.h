/// Narrow numbers in memory, wide ones in batches: what xsimd leaves to each instruction set.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/tensor/batch.h"
#include "engine/tensor/bytes.h"

#if !defined(COMPRESSION_SCALAR) && defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif !defined(COMPRESSION_SCALAR) && defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace compression {

/// Four batches of words, which hold one number per byte of memory.
using WordQuad = std::array<Words, 4>;
inline constexpr std::size_t quad_size = 4 * Words::size;

/// Words −128…127 as two's complement bytes, [quad_size].
inline void store_bytes(const WordQuad& words, std::uint8_t* bytes) noexcept;

/// Words 0…255 as bytes, [quad_size].
inline void store_unsigned_bytes(const WordQuad& words, std::uint8_t* bytes) noexcept;

/// Bytes as words 0…255.
inline WordQuad load_bytes(const std::uint8_t* bytes) noexcept;

/// Two batches of words, which hold one number per two bytes of memory, lower byte first, at any address.
using WordPair = std::array<Words, 2>;
using Half = std::array<std::uint8_t, 2>;
inline constexpr std::size_t pair_size = 2 * Words::size;

/// Words 0…65535 as halves, [pair_size].
inline void store_halves(const WordPair& words, Half* halves) noexcept;

/// Halves as words 0…65535.
inline WordPair load_halves(const Half* halves) noexcept;

/// Halves as the upper halves of words, whose lower halves are 0.
inline WordPair load_upper_halves(const Half* halves) noexcept;

/// Codes of four bits, one per byte [32], to two per byte [16], the first of two in the lower half. Upper
/// halves of the codes are dropped.
inline void join_nibbles(const std::uint8_t* codes, std::uint8_t* pairs) noexcept;

/// Words 0…15 as codes of four bits, [8 × Words::size], as join_nibbles does.
inline void store_joined_nibbles(const std::array<Words, 8>& words, std::uint8_t* pairs) noexcept;

/// The inverse.
inline void split_nibbles(const std::uint8_t* pairs, std::uint8_t* codes) noexcept {
  const Bytes all = load_sixteen(pairs);
  const auto split = interleaved(low_nibbles(all), high_nibbles(all));
  std::memcpy(codes, split.data(), sizeof split);
}

#if !defined(COMPRESSION_SCALAR) && defined(__wasm_simd128__)

inline void join_nibbles(const std::uint8_t* codes, std::uint8_t* pairs) noexcept {
  const auto joined = [](v128_t two_by_two) {
    return wasm_v128_or(wasm_v128_and(two_by_two, wasm_i16x8_const_splat(0x0f)),
                        wasm_v128_and(wasm_u16x8_shr(two_by_two, 4), wasm_i16x8_const_splat(0xf0)));
  };
  wasm_v128_store(pairs,
                  wasm_u8x16_narrow_i16x8(joined(wasm_v128_load(codes)), joined(wasm_v128_load(codes + 16))));
}

inline void store_joined_nibbles(const std::array<Words, 8>& words, std::uint8_t* pairs) noexcept {
  const v128_t places = wasm_i32x4_const_splat(16 << 16 | 1);
  const auto joined = [&](std::size_t i) {
    return wasm_i32x4_dot_i16x8(wasm_i16x8_narrow_i32x4(words[i], words[i + 1]), places);
  };
  const v128_t low = wasm_i16x8_narrow_i32x4(joined(0), joined(2));
  const v128_t high = wasm_i16x8_narrow_i32x4(joined(4), joined(6));
  wasm_v128_store(pairs, wasm_u8x16_narrow_i16x8(low, high));
}

inline void store_bytes(const WordQuad& words, std::uint8_t* bytes) noexcept {
  const v128_t low = wasm_i16x8_narrow_i32x4(words[0], words[1]);
  const v128_t high = wasm_i16x8_narrow_i32x4(words[2], words[3]);
  wasm_v128_store(bytes, wasm_i8x16_narrow_i16x8(low, high));
}

inline void store_unsigned_bytes(const WordQuad& words, std::uint8_t* bytes) noexcept {
  const v128_t low = wasm_i16x8_narrow_i32x4(words[0], words[1]);
  const v128_t high = wasm_i16x8_narrow_i32x4(words[2], words[3]);
  wasm_v128_store(bytes, wasm_u8x16_narrow_i16x8(low, high));
}

inline WordQuad load_bytes(const std::uint8_t* bytes) noexcept {
  const v128_t all = wasm_v128_load(bytes);
  const v128_t low = wasm_u16x8_extend_low_u8x16(all);
  const v128_t high = wasm_u16x8_extend_high_u8x16(all);
  return {wasm_u32x4_extend_low_u16x8(low), wasm_u32x4_extend_high_u16x8(low),
          wasm_u32x4_extend_low_u16x8(high), wasm_u32x4_extend_high_u16x8(high)};
}

inline void store_halves(const WordPair& words, Half* halves) noexcept {
  const v128_t low_bytes =
      wasm_i8x16_shuffle(words[0], words[1], 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29);
  wasm_v128_store(halves, low_bytes);
}

inline WordPair load_halves(const Half* halves) noexcept {
  const v128_t all = wasm_v128_load(halves);
  return {wasm_u32x4_extend_low_u16x8(all), wasm_u32x4_extend_high_u16x8(all)};
}

inline WordPair load_upper_halves(const Half* halves) noexcept {
  const v128_t all = wasm_v128_load(halves);
  const v128_t zero = wasm_i16x8_const_splat(0);
  return {wasm_i16x8_shuffle(zero, all, 0, 8, 1, 9, 2, 10, 3, 11),
          wasm_i16x8_shuffle(zero, all, 4, 12, 5, 13, 6, 14, 7, 15)};
}

#elif !defined(COMPRESSION_SCALAR) && defined(__SSE2__)

inline void join_nibbles(const std::uint8_t* codes, std::uint8_t* pairs) noexcept {
  const auto joined = [](const std::uint8_t* source) {
    const __m128i two_by_two = _mm_loadu_si128(reinterpret_cast<const __m128i*>(source));
    return _mm_or_si128(_mm_and_si128(two_by_two, _mm_set1_epi16(0x0f)),
                        _mm_and_si128(_mm_srli_epi16(two_by_two, 4), _mm_set1_epi16(0xf0)));
  };
  _mm_storeu_si128(reinterpret_cast<__m128i*>(pairs), _mm_packus_epi16(joined(codes), joined(codes + 16)));
}

inline void store_joined_nibbles(const std::array<Words, 8>& words, std::uint8_t* pairs) noexcept {
  const __m128i places = _mm_set1_epi32(16 << 16 | 1);
  const auto joined = [&](std::size_t i) {
    return _mm_madd_epi16(_mm_packs_epi32(words[i], words[i + 1]), places);
  };
  const __m128i low = _mm_packs_epi32(joined(0), joined(2));
  const __m128i high = _mm_packs_epi32(joined(4), joined(6));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(pairs), _mm_packus_epi16(low, high));
}

inline void store_bytes(const WordQuad& words, std::uint8_t* bytes) noexcept {
  const __m128i low = _mm_packs_epi32(words[0], words[1]);
  const __m128i high = _mm_packs_epi32(words[2], words[3]);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), _mm_packs_epi16(low, high));
}

inline void store_unsigned_bytes(const WordQuad& words, std::uint8_t* bytes) noexcept {
  const __m128i low = _mm_packs_epi32(words[0], words[1]);
  const __m128i high = _mm_packs_epi32(words[2], words[3]);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), _mm_packus_epi16(low, high));
}

inline WordQuad load_bytes(const std::uint8_t* bytes) noexcept {
  const __m128i zero = _mm_setzero_si128();
  const __m128i all = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  const __m128i low = _mm_unpacklo_epi8(all, zero);
  const __m128i high = _mm_unpackhi_epi8(all, zero);
  return {_mm_unpacklo_epi16(low, zero), _mm_unpackhi_epi16(low, zero), _mm_unpacklo_epi16(high, zero),
          _mm_unpackhi_epi16(high, zero)};
}

inline void store_halves(const WordPair& words, Half* halves) noexcept {
  // SSE2 narrows with signed saturation only: give it the halves with their own sign.
  const __m128i low = _mm_srai_epi32(_mm_slli_epi32(words[0], 16), 16);
  const __m128i high = _mm_srai_epi32(_mm_slli_epi32(words[1], 16), 16);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(halves), _mm_packs_epi32(low, high));
}

inline WordPair load_halves(const Half* halves) noexcept {
  const __m128i zero = _mm_setzero_si128();
  const __m128i all = _mm_loadu_si128(reinterpret_cast<const __m128i*>(halves));
  return {_mm_unpacklo_epi16(all, zero), _mm_unpackhi_epi16(all, zero)};
}

inline WordPair load_upper_halves(const Half* halves) noexcept {
  const __m128i zero = _mm_setzero_si128();
  const __m128i all = _mm_loadu_si128(reinterpret_cast<const __m128i*>(halves));
  return {_mm_unpacklo_epi16(zero, all), _mm_unpackhi_epi16(zero, all)};
}

#else

inline void store_joined_nibbles(const std::array<Words, 8>& words, std::uint8_t* pairs) noexcept {
  std::array<std::int32_t, 8 * Words::size> all;
  for (std::size_t i = 0; i < words.size(); ++i) words[i].store_unaligned(all.data() + i * Words::size);
  for (std::size_t i = 0; i < all.size(); i += 2) {
    pairs[i / 2] = static_cast<std::uint8_t>(all[i] | all[i + 1] << 4);
  }
}

inline void join_nibbles(const std::uint8_t* codes, std::uint8_t* pairs) noexcept {
  for (std::size_t i = 0; i < 16; ++i) {
    pairs[i] = static_cast<std::uint8_t>((codes[2 * i] & 0x0f) | codes[2 * i + 1] << 4);
  }
}

inline void store_bytes(const WordQuad& words, std::uint8_t* bytes) noexcept {
  std::array<std::int32_t, quad_size> all;
  for (std::size_t i = 0; i < words.size(); ++i) words[i].store_unaligned(all.data() + i * Words::size);
  for (std::size_t i = 0; i < quad_size; ++i) bytes[i] = static_cast<std::uint8_t>(all[i]);
}

inline void store_unsigned_bytes(const WordQuad& words, std::uint8_t* bytes) noexcept {
  store_bytes(words, bytes);
}

inline WordQuad load_bytes(const std::uint8_t* bytes) noexcept {
  std::array<std::int32_t, quad_size> all;
  for (std::size_t i = 0; i < quad_size; ++i) all[i] = bytes[i];
  WordQuad words;
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = Words::load_unaligned(all.data() + i * Words::size);
  return words;
}

inline void store_halves(const WordPair& words, Half* halves) noexcept {
  std::array<std::int32_t, pair_size> all;
  for (std::size_t i = 0; i < words.size(); ++i) words[i].store_unaligned(all.data() + i * Words::size);
  for (std::size_t i = 0; i < pair_size; ++i) {
    halves[i] = {static_cast<std::uint8_t>(all[i]), static_cast<std::uint8_t>(all[i] >> 8)};
  }
}

inline WordPair load_halves(const Half* halves) noexcept {
  std::array<std::int32_t, pair_size> all;
  for (std::size_t i = 0; i < pair_size; ++i) all[i] = halves[i][0] | halves[i][1] << 8;
  WordPair words;
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = Words::load_unaligned(all.data() + i * Words::size);
  return words;
}

inline WordPair load_upper_halves(const Half* halves) noexcept {
  WordPair words = load_halves(halves);
  for (Words& word : words) word = word << 16;
  return words;
}

#endif

}  // namespace compression
