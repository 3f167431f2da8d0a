/// The two scales of NVFP4: float32 for the tensor, E4M3 for each block of 16 (NVIDIA ModelOpt, TensorRT).
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/formats/small_float.h"

namespace compression {

inline constexpr std::size_t nvfp4_block = 16;

/// The tensor's scale, which maps its largest magnitude to the largest element, 6, under the largest block
/// scale, 448. Where it would be 0, 1 takes its place.
inline float nvfp4_tensor_scale(float absmax) noexcept {
  const float scale = absmax / (6.0f * 448.0f);
  return scale == 0 ? 1.0f : scale;
}

/// The E4M3 code of a block's scale; where that would be 0, the code of 1.
inline std::int32_t nvfp4_block_scale(float absmax, float tensor_scale) noexcept {
  const std::int32_t code = small_float_from_float<fp8_e4m3_fields>(absmax / (6.0f * tensor_scale));
  return code == 0 ? small_float_from_float<fp8_e4m3_fields>(1.0f) : code;
}

}  // namespace compression
