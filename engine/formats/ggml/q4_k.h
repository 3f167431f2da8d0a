/// A super-block of q4_k by itself, for methods that choose its codes one by one.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "engine/formats/ggml/affine_super_block.h"
#include "engine/formats/ggml/super_block.h"

namespace compression::ggml {

inline constexpr std::size_t q4_k_width = 32;  // weights of a sub-block
inline constexpr int q4_k_highest = 15;        // code of a weight
inline constexpr int q4_k_highest_scale = 63;  // code of a scale or minimum
inline constexpr std::size_t q4_k_bytes = 144;

/// No code stands for a larger magnitude.
inline constexpr float q4_k_largest = largest_fp16 * q4_k_highest_scale * q4_k_highest;

using Q4kBlock = AffineSuperBlock<q4_k_width>;

/// ggml's search: weights [256] within ±q4_k_largest, importance [256] or null → block. False if a scale is
/// too large for fp16.
bool quantize_q4_k(const float* weights, const float* importance, Q4kBlock& block);

/// block → bytes [q4_k_bytes].
void store_q4_k(const Q4kBlock& block, std::uint8_t* bytes);

/// The code whose value, step × code − offset, is nearest; 0 where the step is 0 and all values are one.
inline std::uint8_t nearest_q4_k_code(float weight, float step, float offset) noexcept {
  if (step == 0) return 0;
  const float code = std::clamp((weight + offset) / step, 0.0f, static_cast<float>(q4_k_highest));
  return static_cast<std::uint8_t>(std::nearbyint(code));
}

}  // namespace compression::ggml
