/// Fields of a block in its bytes: fp16 numbers, and codes whose bits are spread over several bytes.
///
/// The loops are plain: each byte of the result depends on bytes at fixed distances, which compilers turn
/// into vector code.
#pragma once

#include <cstddef>
#include <cstdint>

namespace compression::ggml {

/// A number of 16 bits, lower byte first.
inline std::uint16_t load_half(const std::uint8_t* bytes) noexcept {
  return static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8);
}

inline void store_half(std::uint16_t code, std::uint8_t* bytes) noexcept {
  bytes[0] = static_cast<std::uint8_t>(code & 0xff);
  bytes[1] = static_cast<std::uint8_t>(code >> 8);
}

/// The low four bits of 2 × distance codes to `distance` bytes: code i, and above it code i + distance.
template <std::size_t distance>
inline void join_nibble_halves(const std::uint8_t* codes, std::uint8_t* bytes) noexcept {
  for (std::size_t i = 0; i < distance; ++i) {
    bytes[i] = static_cast<std::uint8_t>((codes[i] & 15) | codes[i + distance] << 4);
  }
}

/// The inverse.
template <std::size_t distance>
inline void split_nibble_halves(const std::uint8_t* bytes, std::uint8_t* codes) noexcept {
  for (std::size_t i = 0; i < distance; ++i) {
    codes[i] = bytes[i] & 15;
    codes[i + distance] = bytes[i] >> 4;
  }
}

/// Two bits, from bit `shift` on, of 128 codes to 32 bytes: of code i, and above it of codes i + 32, i + 64,
/// i + 96.
template <int shift>
inline void join_bit_pairs(const std::uint8_t* codes, std::uint8_t* bytes) noexcept {
  for (std::size_t i = 0; i < 32; ++i) {
    bytes[i] =
        static_cast<std::uint8_t>((codes[i] >> shift & 3) | (codes[i + 32] >> shift & 3) << 2 |
                                  (codes[i + 64] >> shift & 3) << 4 | (codes[i + 96] >> shift & 3) << 6);
  }
}

/// The inverse: adds the two bits to codes that do not have them.
template <int shift>
inline void add_bit_pairs(const std::uint8_t* bytes, std::uint8_t* codes) noexcept {
  for (std::size_t i = 0; i < 32; ++i) {
    codes[i] = static_cast<std::uint8_t>(codes[i] | (bytes[i] & 3) << shift);
    codes[i + 32] = static_cast<std::uint8_t>(codes[i + 32] | (bytes[i] >> 2 & 3) << shift);
    codes[i + 64] = static_cast<std::uint8_t>(codes[i + 64] | (bytes[i] >> 4 & 3) << shift);
    codes[i + 96] = static_cast<std::uint8_t>(codes[i + 96] | (bytes[i] >> 6) << shift);
  }
}

/// Bit `shift` of 256 codes to 32 bytes: code i + 32 j to bit j of byte i.
template <int shift>
inline void join_bits(const std::uint8_t* codes, std::uint8_t* bytes) noexcept {
  for (std::size_t i = 0; i < 32; ++i) {
    int bits = 0;
    for (std::size_t j = 0; j < 8; ++j) bits |= (codes[i + 32 * j] >> shift & 1) << j;
    bytes[i] = static_cast<std::uint8_t>(bits);
  }
}

/// The inverse: adds the bit to codes that do not have it.
template <int shift>
inline void add_bits(const std::uint8_t* bytes, std::uint8_t* codes) noexcept {
  for (std::size_t j = 0; j < 8; ++j) {
    for (std::size_t i = 0; i < 32; ++i) {
      codes[i + 32 * j] = static_cast<std::uint8_t>(codes[i + 32 * j] | (bytes[i] >> j & 1) << shift);
    }
  }
}

}  // namespace compression::ggml
