/// E2M1 as ggml's MXFP4 and NVFP4 hold it: a table of doubled values under half the scale.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
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

/// The nearest code under half a scale; of two equally near ones the one of smaller magnitude, and for both
/// zeros +0.
class E2m1Encoder {
 public:
  explicit E2m1Encoder(float d) noexcept {
    for (std::size_t i = 0; i < midpoints_.size(); ++i) {
      const float lower = static_cast<float>(doubled_e2m1[i]) * d;
      const float upper = static_cast<float>(doubled_e2m1[i + 1]) * d;
      // Small multiples of a power of two: exact. An infinite value is near to nothing.
      const float midpoint = std::isinf(upper) ? upper : 0.5f * lower + 0.5f * upper;
      midpoints_[i] = Words(std::bit_cast<std::int32_t>(midpoint));
    }
  }

  /// Bits of magnitudes are in the order of the magnitudes.
  Words operator()(Floats x) const noexcept {
    const Words bits = as_words(x);
    const Words magnitude = bits & Words(magnitude_mask);
    Words code(0);
    for (const Words midpoint : midpoints_) code = select(midpoint < magnitude, code + Words(1), code);
    return select(Words(0) < code, code | ((bits >> 31) & Words(8)), code);
  }

 private:
  std::array<Words, 7> midpoints_;
};

}  // namespace compression::ggml
