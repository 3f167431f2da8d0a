/// Codes of a block, one per byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/tensor/batch.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/simd_loop.h"

namespace compression::ggml {

/// Writes code(Floats weights) → Words −128…127 of each weight, both of the same length.
template <class Code>
inline void store_codes(std::span<const float> weights, std::span<std::uint8_t> codes, Code code) noexcept {
  simd_transform<quad_size>(weights, codes, [&](const float* source, std::uint8_t* target) {
    WordQuad words;
    for (std::size_t i = 0; i < words.size(); ++i) {
      words[i] = code(Floats::load_unaligned(source + i * Floats::size));
    }
    store_bytes(words, target);
  });
}

/// Writes weight(Words codes) → Floats of each code 0…255, both of the same length.
template <class Weight>
inline void load_weights(std::span<const std::uint8_t> codes, std::span<float> weights,
                         Weight weight) noexcept {
  simd_transform<quad_size>(codes, weights, [&](const std::uint8_t* source, float* target) {
    const WordQuad words = load_bytes(source);
    for (std::size_t i = 0; i < words.size(); ++i) {
      weight(words[i]).store_unaligned(target + i * Floats::size);
    }
  });
}

}  // namespace compression::ggml
