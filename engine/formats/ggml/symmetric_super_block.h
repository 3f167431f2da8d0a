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
#include "engine/tensor/side_by_side.h"

namespace compression::ggml {

inline constexpr std::size_t symmetric_width = 16;                                  // of a sub-block
inline constexpr std::size_t symmetric_count = super_block_size / symmetric_width;  // sub-blocks

/// A super-block before its bits are packed.
struct SymmetricSuperBlock {
  std::uint16_t scale = 0;  // fp16
  std::array<std::int8_t, symmetric_count> scales{};
  std::array<std::uint8_t, super_block_size> codes;

  /// One step of the codes in sub-block j.
  [[nodiscard]] float step(std::size_t j) const noexcept {
    return float_from_fp16(scale) * static_cast<float>(scales[j]);
  }
};

/// The codes that a search found, [element][sub-block].
struct SearchCodes {
  std::array<float, super_block_size> codes;

  /// Takes the codes of Floats::size sub-blocks from `first` on.
  void store(std::size_t first, const SideBySide<symmetric_width>& side_by_side) noexcept {
    for (std::size_t i = 0; i < symmetric_width; ++i) {
      side_by_side[i].store_unaligned(&codes[i * symmetric_count + first]);
    }
  }

  /// The codes of sub-block j.
  void copy(std::size_t j, std::uint8_t* target) const noexcept {
    for (std::size_t i = 0; i < symmetric_width; ++i) {
      target[i] = static_cast<std::uint8_t>(codes[i * symmetric_count + j]);
    }
  }
};

/// Codes from the scales as they are stored; sub-blocks whose scale is stored as 0 keep those of the search.
template <int half>
inline void encode(const float* weights, const SearchCodes& found, SymmetricSuperBlock& block) noexcept {
  for (std::size_t j = 0; j < symmetric_count; ++j) {
    std::uint8_t* const codes = &block.codes[j * symmetric_width];
    if (block.step(j) == 0) {
      found.copy(j, codes);
      continue;
    }
    const Floats step(block.step(j));
    encode_sub_block<symmetric_width>(weights + j * symmetric_width, codes, [&](Floats x) {
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
