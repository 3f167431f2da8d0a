/// E2M1 as ggml's MXFP4 and NVFP4 hold it: a table of doubled values under half the scale.
#pragma once

#include <bit>
#include <cstdint>

#include "engine/tensor/batch.h"
#include "engine/tensor/lookup16.h"
#include "engine/tensor/magnitude.h"

namespace compression::ggml {

inline constexpr Table16 doubled_e2m1 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

/// 2^(code − 128), half of what E8M0 says: the two lowest are subnormal.
inline float half_scale(std::uint8_t code) noexcept {
  const std::int32_t bits = code < 2 ? 0x00200000 << code : (code - 1) << 23;
  return std::bit_cast<float>(bits);
}

/// The nearest code under an E8M0 scale 0…253; of two equally near ones the one of smaller magnitude, and for
/// both zeros +0.
class E2m1Encoder {
 public:
  explicit E2m1Encoder(std::uint8_t scale) noexcept
      : inverse_(std::bit_cast<float>((254 - scale) << 23)),
        // Under the largest scale 4 and 6 are infinite, and near to nothing.
        highest_(scale == 253 ? 5 : 7) {}

  Words operator()(Floats x) const noexcept {
    const Words magnitude = as_words(x * Floats(inverse_)) & Words(magnitude_mask);  // exact
    // From 1 on, the exponent and one bit of the mantissa count the codes; halves round down.
    const Words normal = ((magnitude + Words((1 << 21) - 1)) >> 22) - Words(2 * 126);
    // Below, the values are 0, 1/2 and 1. Bits of magnitudes are in the order of the magnitudes.
    const Words above_quarter = (Words(bits_of(0.25f)) - magnitude) >> 31;
    const Words above_three_quarters = (Words(bits_of(0.75f)) - magnitude) >> 31;
    const Words subnormal = Words(0) - (above_quarter + above_three_quarters);
    const Words code = min(max(normal, subnormal), Words(highest_));
    // Without a magnitude there is no sign: above_quarter is the mask of all others.
    return code | ((as_words(x) >> 31) & above_quarter & Words(8));
  }

 private:
  static constexpr std::int32_t bits_of(float value) noexcept { return std::bit_cast<std::int32_t>(value); }

  float inverse_;
  std::int32_t highest_;
};

}  // namespace compression::ggml
