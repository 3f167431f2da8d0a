/// How good a code of R bits per value can be at best: the yardstick of every number format.
///
/// Of all sources of a given variance the Gaussian is the hardest to code: no code of R bits per value leaves
/// less of it than the share 2^(−2R) as mean squared error, and long enough blocks come as near as one likes
/// (Cover and Thomas, Elements of Information Theory, 2nd edition, theorem 10.3.2).
#pragma once

#include <cmath>
#include <string>

#include "engine/error.h"
#include "engine/number_text.h"

namespace compression {

/// The signal-to-noise ratio in dB that the Gaussian bound allows to `bits_per_weight` bits (≥ 0, finite):
/// 20 log10(2) = 6.02 dB a bit.
inline double rate_distortion_bound(double bits_per_weight) {
  if (!std::isfinite(bits_per_weight) || bits_per_weight < 0) {
    throw EngineError(ErrorCode::invalid_argument,
                      "bitsPerWeight must be at least 0 and finite, not " + number_text(bits_per_weight));
  }
  constexpr double decibels_per_bit = 6.020599913279624;
  return decibels_per_bit * bits_per_weight;
}

/// How many dB a code that reached `sqnr_db` (not NaN; +infinity where nothing was lost) with
/// `bits_per_weight` bits stays below the Gaussian bound. Values that are not Gaussian are easier to code, so
/// that a code may pass it: the distance is then negative.
inline double rate_distortion_gap(double sqnr_db, double bits_per_weight) {
  if (std::isnan(sqnr_db)) throw EngineError(ErrorCode::non_finite, "sqnrDb must be a number, got NaN");
  return rate_distortion_bound(bits_per_weight) - sqnr_db;
}

}  // namespace compression
