/// Extremes, largest magnitude, and the one check for NaN and infinity.
///
/// The bits of a float without its sign grow with its magnitude, infinity is beyond all finite numbers, and
/// NaN beyond infinity: one integer maximum gives absmax and tells whether all is finite.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/tensor/batch.h"
#include "engine/tensor/simd_loop.h"

namespace compression {

inline constexpr std::int32_t magnitude_mask = 0x7fffffff;
inline constexpr std::int32_t infinity_bits = 0x7f800000;

/// Bits of the largest magnitude among the values, 0 for none; ≥ infinity_bits if one is not finite.
inline std::int32_t largest_magnitude_bits(std::span<const float> values) noexcept {
  const Words mask(magnitude_mask);
  std::array<Words, 4> best;
  best.fill(Words(0));
  simd_for_each<4 * Floats::size>(values, [&](const float* source) {
    for (std::size_t j = 0; j < 4; ++j) {
      best[j] = max(best[j], as_words(Floats::load_unaligned(source + j * Floats::size)) & mask);
    }
  });
  return reduce_max(max(max(best[0], best[1]), max(best[2], best[3])));
}

/// Throws EngineError(non_finite) with the index and value of the first NaN or infinity; `offset` is added to
/// the index.
void require_finite(std::span<const float> values, std::string_view name, std::size_t offset = 0);

/// Largest magnitude of finite values. Throws as require_finite does.
float finite_absmax(std::span<const float> values, std::string_view name, std::size_t offset = 0);

/// How far values reach from 0 to either side: 0 where there is none on that side.
struct Reach {
  float below;  // magnitude of the smallest value, if it is negative
  float above;  // the largest value, if it is positive
};

/// The reach of finite values. Throws as require_finite does.
Reach finite_reach(std::span<const float> values, std::string_view name, std::size_t offset = 0);

struct Extremes {
  float minimum;
  float maximum;
};

/// Smallest and largest of finite values, at least one; −0 is below 0. Throws as require_finite does.
Extremes finite_extremes(std::span<const float> values, std::string_view name);

}  // namespace compression
