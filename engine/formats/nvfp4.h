/// The two scales of NVFP4: float32 for the tensor, E4M3 for each block of 16 (NVIDIA ModelOpt, TensorRT).
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/formats/small_float.h"

namespace compression {

inline constexpr std::size_t nvfp4_block = 16;

/// 1 as E4M3: all mantissa bits 0, the exponent at its bias.
inline constexpr std::int32_t code_of_one = fp8_e4m3_fields.bias() << fp8_e4m3_fields.mantissa_bits;

/// The tensor's scale, which maps its largest magnitude to the largest element, 6, under the largest block
/// scale, 448. Where it would be 0, 1 takes its place.
inline float nvfp4_tensor_scale(float absmax) noexcept {
  const float scale = absmax / (6.0f * 448.0f);
  return scale == 0 ? 1.0f : scale;
}

/// The E4M3 codes of the scales of blocks: at least that of 2^-9, E4M3's smallest number; for blocks of zeros
/// that of 1.
template <class Floats>
inline auto nvfp4_block_scale(Floats absmax, float tensor_scale) noexcept {
  const Floats exact = absmax / Floats(6.0f * tensor_scale);
  const auto codes = small_float_from_float_bits<fp8_e4m3_fields>(as_words(exact), Overflow::saturate);
  using Codes = decltype(as_words(exact));
  return select(as_words(exact) < Codes(1), Codes(code_of_one), max(codes, Codes(1)));
}

}  // namespace compression
