/// Fields of a block in its bytes: fp16 numbers, and codes whose bits are spread over several bytes.
///
/// Codes, one per byte, are moved four to a lane of words; masks keep the bits of neighbours apart.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/tensor/batch.h"

namespace compression::ggml {

/// A number of 16 bits, lower byte first.
inline std::uint16_t load_half(const std::uint8_t* bytes) noexcept {
  return static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8);
}

inline void store_half(std::uint16_t code, std::uint8_t* bytes) noexcept {
  bytes[0] = static_cast<std::uint8_t>(code & 0xff);
  bytes[1] = static_cast<std::uint8_t>(code >> 8);
}

/// Bytes in a batch of words.
inline constexpr std::size_t batch_bytes = 4 * Words::size;

inline Words load_words(const std::uint8_t* bytes) noexcept {
  std::array<std::int32_t, Words::size> words;
  std::memcpy(words.data(), bytes, batch_bytes);
  return Words::load_unaligned(words.data());
}

inline void store_words(Words batch, std::uint8_t* bytes) noexcept {
  std::array<std::int32_t, Words::size> words;
  batch.store_unaligned(words.data());
  std::memcpy(bytes, words.data(), batch_bytes);
}

/// `bits` from bit `from` on of each byte, moved to the byte's lowest bits.
template <int bits>
inline Words bits_from(Words bytes, int from) noexcept {
  return (bytes >> from) & Words(((1 << bits) - 1) * 0x01010101);
}

/// Moves bits to bit `to` on of codes: from 0 on they are the codes, above they are added to them.
template <int to>
inline void set_bits(Words bits, std::uint8_t* codes) noexcept {
  store_words(to == 0 ? bits : load_words(codes) | bits << to, codes);
}

/// The low four bits of 2 × distance codes to `distance` bytes: code i, and above it code i + distance.
template <std::size_t distance>
inline void join_nibble_halves(const std::uint8_t* codes, std::uint8_t* bytes) noexcept {
  for (std::size_t i = 0; i < distance; i += batch_bytes) {
    const Words low = bits_from<4>(load_words(codes + i), 0);
    const Words high = bits_from<4>(load_words(codes + distance + i), 0);
    store_words(low | high << 4, bytes + i);
  }
}

/// The inverse.
template <std::size_t distance>
inline void split_nibble_halves(const std::uint8_t* bytes, std::uint8_t* codes) noexcept {
  for (std::size_t i = 0; i < distance; i += batch_bytes) {
    const Words pairs = load_words(bytes + i);
    store_words(bits_from<4>(pairs, 0), codes + i);
    store_words(bits_from<4>(pairs, 4), codes + distance + i);
  }
}

/// Two bits, from bit `from` on, of 128 codes to 32 bytes: of code i, and above it of codes i + 32, i + 64,
/// i + 96.
template <int from>
inline void join_bit_pairs(const std::uint8_t* codes, std::uint8_t* bytes) noexcept {
  for (std::size_t i = 0; i < 32; i += batch_bytes) {
    Words joined(0);
    for (int j = 0; j < 4; ++j) {
      joined = joined | bits_from<2>(load_words(codes + 32 * j + i), from) << (2 * j);
    }
    store_words(joined, bytes + i);
  }
}

/// The inverse, to codes that have only the bits below.
template <int to>
inline void split_bit_pairs(const std::uint8_t* bytes, std::uint8_t* codes) noexcept {
  for (std::size_t i = 0; i < 32; i += batch_bytes) {
    const Words joined = load_words(bytes + i);
    for (int j = 0; j < 4; ++j) set_bits<to>(bits_from<2>(joined, 2 * j), codes + 32 * j + i);
  }
}

/// Bit `from` of 256 codes to 32 bytes: of code i + 32 j to bit j of byte i.
template <int from>
inline void join_bits(const std::uint8_t* codes, std::uint8_t* bytes) noexcept {
  for (std::size_t i = 0; i < 32; i += batch_bytes) {
    Words joined(0);
    for (int j = 0; j < 8; ++j) {
      joined = joined | bits_from<1>(load_words(codes + 32 * j + i), from) << j;
    }
    store_words(joined, bytes + i);
  }
}

/// The inverse, to codes that have only the bits below.
template <int to>
inline void split_bits(const std::uint8_t* bytes, std::uint8_t* codes) noexcept {
  for (std::size_t i = 0; i < 32; i += batch_bytes) {
    const Words joined = load_words(bytes + i);
    for (int j = 0; j < 8; ++j) set_bits<to>(bits_from<1>(joined, j), codes + 32 * j + i);
  }
}

}  // namespace compression::ggml
