/// The head of q4_k and q5_k blocks: two fp16 scales, then eight scales and eight minima of six bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/formats/ggml/affine_super_block.h"
#include "engine/formats/ggml/block_bytes.h"

namespace compression::ggml {

/// Bytes of the head: fp16 scale of scales, fp16 scale of minima, and twelve bytes. Of these byte j < 4 holds
/// scale j and two bits of scale j + 4, byte j + 4 the same of minima, byte j + 8 the other four bits of
/// scale and minimum j + 4.
inline constexpr std::size_t six_bit_head = 16;

inline void store_head(const AffineSuperBlock<32>& block, std::uint8_t* bytes) noexcept {
  store_half(block.scale, bytes);
  store_half(block.minimum, bytes + 2);
  for (std::size_t j = 0; j < 4; ++j) {
    bytes[4 + j] = static_cast<std::uint8_t>(block.scales[j] | block.scales[j + 4] >> 4 << 6);
    bytes[8 + j] = static_cast<std::uint8_t>(block.minima[j] | block.minima[j + 4] >> 4 << 6);
    bytes[12 + j] = static_cast<std::uint8_t>((block.scales[j + 4] & 15) | block.minima[j + 4] << 4);
  }
}

inline void load_head(const std::uint8_t* bytes, AffineSuperBlock<32>& block) noexcept {
  block.scale = load_half(bytes);
  block.minimum = load_half(bytes + 2);
  // Four bytes at once.
  std::array<std::uint32_t, 3> words;
  std::memcpy(words.data(), bytes + 4, sizeof words);
  const std::array<std::uint32_t, 2> scales = {words[0] & 0x3f3f3f3f,
                                               (words[2] & 0x0f0f0f0f) | (words[0] >> 6 & 0x03030303) << 4};
  const std::array<std::uint32_t, 2> minima = {
      words[1] & 0x3f3f3f3f, (words[2] >> 4 & 0x0f0f0f0f) | (words[1] >> 6 & 0x03030303) << 4};
  std::memcpy(block.scales.data(), scales.data(), sizeof scales);
  std::memcpy(block.minima.data(), minima.data(), sizeof minima);
}

}  // namespace compression::ggml
