/// Double quantization (Dettmers et al. 2023, QLoRA): the largest magnitudes of blocks are themselves stored
/// in 8 bits, as differences from their mean, in blocks of 256 under a float32 scale.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace compression {

/// bitsandbytes' signed dynamic map: for each power of ten from 10^-6 to 1 the midpoints of twice as many
/// equal intervals of 0.1 … 1 as for the one before, both signs; 0; and 1. Ascending. Computed in float32
/// step by step as PyTorch 2 computes it on processors that fuse multiplication and addition; without that,
/// and in PyTorch 1, some values are a last digit apart.
const std::array<float, 256>& dynamic_map() noexcept;

/// Index of the value of the dynamic map nearest to `value`; half way between two, the lower.
std::uint8_t nearest_dynamic(float value) noexcept;

inline constexpr std::size_t double_quantization_block = 256;

/// Scales in 8 bits: scale i = dynamic_map[codes[i]] × absmax[i / 256] + offset.
struct CompressedScales {
  std::span<std::uint8_t> codes;
  std::span<float> absmax;  // [⌈codes / 256⌉]
  float offset = 0;
};

/// Compresses scales into the memory of `compressed`, at least one, and sets its offset. The mean is summed
/// in double and rounded once.
void compress_scales(std::span<const float> scales, CompressedScales& compressed) noexcept;

/// The scale that a code stands for.
inline float decompressed_scale(std::uint8_t code, float absmax, float offset) noexcept {
  return dynamic_map()[code] * absmax + offset;
}

}  // namespace compression
