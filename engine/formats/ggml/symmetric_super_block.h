/// Super-blocks whose sub-blocks of 16 have a scale alone (q3_k, q6_k): weight = scale × (code − half), where
/// scales are themselves signed codes under an fp16 scale.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/formats/float16.h"
#include "engine/formats/format.h"
#include "engine/formats/ggml/nearest.h"
#include "engine/formats/ggml/sub_block.h"
#include "engine/formats/ggml/super_block.h"
#include "engine/formats/packed.h"
#include "engine/tensor/batch.h"

namespace compression::ggml {

inline constexpr std::size_t symmetric_width = 16;                                  // of a sub-block
inline constexpr std::size_t symmetric_count = super_block_size / symmetric_width;  // sub-blocks

/// A super-block before its bits are packed.
struct SymmetricSuperBlock {
  std::uint16_t scale = 0;  // fp16
  std::array<std::int8_t, symmetric_count> scales{};
  std::array<std::uint8_t, super_block_size> codes{};

  /// One step of the codes in sub-block j.
  [[nodiscard]] float step(std::size_t j) const noexcept {
    return float_from_fp16(scale) * static_cast<float>(scales[j]);
  }
};

/// Floats::size sub-blocks of codes side by side, to where they belong.
inline void store_codes(const SideBySide<symmetric_width>& codes, std::uint8_t* target) noexcept {
  std::array<float, Floats::size> lanes;
  for (std::size_t i = 0; i < symmetric_width; ++i) {
    codes[i].store_unaligned(lanes.data());
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      target[lane * symmetric_width + i] = static_cast<std::uint8_t>(lanes[lane]);
    }
  }
}

/// Codes from the scales as they are stored; sub-blocks whose scale is stored as 0 keep those they have.
template <int half>
inline void encode(const float* weights, SymmetricSuperBlock& block) noexcept {
  for (std::size_t j = 0; j < symmetric_count; ++j) {
    if (block.step(j) == 0) continue;
    const Floats step(block.step(j));
    encode_sub_block<symmetric_width>(
        weights + j * symmetric_width, &block.codes[j * symmetric_width], [&](Floats x) {
          return min(max(nearest_words(x / step), Words(-half)), Words(half - 1)) + Words(half);
        });
  }
}

/// block → weights [256]: step × (code − half).
template <int half>
inline void dequantize(const SymmetricSuperBlock& block, float* weights) noexcept {
  for (std::size_t j = 0; j < symmetric_count; ++j) {
    const Floats step(block.step(j));
    decode_sub_block<symmetric_width>(&block.codes[j * symmetric_width], weights + j * symmetric_width,
                                      [&](Words code) { return to_floats(code - Words(half)) * step; });
  }
}

/// Values of a sub-block that starts at −absmax. Throws EngineError(overflow).
template <int half, int highest_scale>
std::vector<float> levels(const Format& format, float absmax, ScaleType /*scales*/) {
  const float step = fp16_rounded(absmax / half / highest_scale) * highest_scale;
  return sub_block_levels(format, step, -half, half - 1, 0);
}

}  // namespace compression::ggml
