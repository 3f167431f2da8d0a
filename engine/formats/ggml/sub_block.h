/// Work on the sub-blocks of a super-block that all K-quants do alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/formats/ggml/super_block.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/side_by_side.h"
#include "engine/tensor/simd_loop.h"

namespace compression::ggml {

/// Σ w of each block.
template <std::size_t width>
inline Floats sum(const SideBySide<width>& w) noexcept {
  Floats total(0.0f);
  for (const Floats& weight : w) total = total + weight;
  return total;
}

/// Σ weight² of a super-block, from first to last.
inline float square_sum(const float* weights) noexcept {
  float total = 0;
  for (std::size_t i = 0; i < super_block_size; ++i) total += weights[i] * weights[i];
  return total;
}

/// What errors cost where columns have an importance: importance × √(variance + weight²).
template <std::size_t width>
inline SideBySide<width> importance_weights(const SideBySide<width>& x, const float* importance,
                                            Floats variance) noexcept {
  SideBySide<width> w = load_side_by_side<width>(importance);
  for (std::size_t i = 0; i < width; ++i) w[i] = w[i] * sqrt(variance + x[i] * x[i]);
  return w;
}

/// code(weights) for a sub-block; codes −128…127.
template <std::size_t width>
inline void encode_sub_block(const float* weights, std::uint8_t* codes, auto code) noexcept {
  simd_transform<quad_size>(std::span(weights, width), std::span(codes, width),
                            [&](const float* source, std::uint8_t* target) {
                              WordQuad words;
                              for (std::size_t i = 0; i < words.size(); ++i) {
                                words[i] = code(Floats::load_unaligned(source + i * Floats::size));
                              }
                              store_bytes(words, target);
                            });
}

/// weight(codes) for a sub-block; codes 0…255.
template <std::size_t width>
inline void decode_sub_block(const std::uint8_t* codes, float* weights, auto weight) noexcept {
  simd_transform<quad_size>(std::span(codes, width), std::span(weights, width),
                            [&](const std::uint8_t* source, float* target) {
                              const WordQuad words = load_bytes(source);
                              for (std::size_t i = 0; i < words.size(); ++i) {
                                weight(words[i]).store_unaligned(target + i * Floats::size);
                              }
                            });
}

}  // namespace compression::ggml
