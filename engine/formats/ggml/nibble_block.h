/// Codes of 32 weights in two halves: weight i stands in the lower four bits of byte i, weight i + 16 in the
/// upper four bits.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/tensor/batch.h"
#include "engine/tensor/bytes.h"
#include "engine/tensor/lookup16.h"
#include "engine/tensor/narrow.h"

namespace compression::ggml {

/// Writes the 16 bytes of a block whose codes are code(Floats weights) → Words 0…15.
template <class Code>
inline void store_nibbles(const float* weights, std::uint8_t* bytes, Code code) noexcept {
  for (std::size_t i = 0; i < 16; i += quad_size) {
    WordQuad pairs;
    for (std::size_t j = 0; j < pairs.size(); ++j) {
      const float* const source = weights + i + j * Words::size;
      const Words low = code(Floats::load_unaligned(source));
      const Words high = code(Floats::load_unaligned(source + 16));
      pairs[j] = low | high << 4;
    }
    store_unsigned_bytes(pairs, bytes + i);
  }
}

/// codes [32], one per byte → bytes [16]. Upper halves of the codes are dropped.
inline void join_nibbles_of_block(const std::uint8_t* codes, std::uint8_t* bytes) noexcept {
  for (std::size_t i = 0; i < 16; ++i) {
    bytes[i] = static_cast<std::uint8_t>((codes[i] & 0x0f) | codes[i + 16] << 4);
  }
}

/// The inverse.
inline void split_nibbles_of_block(const std::uint8_t* bytes, std::uint8_t* codes) noexcept {
  for (std::size_t i = 0; i < 16; ++i) {
    codes[i] = bytes[i] & 0x0f;
    codes[i + 16] = static_cast<std::uint8_t>(bytes[i] >> 4);
  }
}

/// bytes [16] → weights [32]: value(Floats entries) of the table's entry at each code.
template <class Value>
inline void decode_nibbles(const std::uint8_t* bytes, const Table16& table, float* weights,
                           Value value) noexcept {
  const Bytes pairs = load_sixteen(bytes);
  const FloatsOfBytes low = signed_floats(lookup16(table, low_nibbles(pairs)));
  const FloatsOfBytes high = signed_floats(lookup16(table, high_nibbles(pairs)));
  for (std::size_t i = 0; i < low.size(); ++i) {
    value(low[i]).store_unaligned(weights + i * Floats::size);
    value(high[i]).store_unaligned(weights + 16 + i * Floats::size);
  }
}

}  // namespace compression::ggml
