#include "engine/tensor/rate_distortion.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "engine/error.h"
#include "engine/formats/packed.h"
#include "engine/tensor/random.h"
#include "engine/tensor/statistics.h"

namespace compression {

TEST_CASE("the Gaussian bound falls to a quarter of the noise with every bit") {
  CHECK(rate_distortion_bound(0) == 0);
  for (const double bits : {0.5, 1.0, 2.0, 4.25, 16.0}) {
    CHECK(rate_distortion_bound(bits) ==
          doctest::Approx(-10 * std::log10(std::pow(2, -2 * bits))).epsilon(1e-15));
  }
}

TEST_CASE("the distance is what the bound leaves over") {
  CHECK(rate_distortion_gap(20, 4) == rate_distortion_bound(4) - 20);
  CHECK(rate_distortion_gap(30, 4) < 0);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(rate_distortion_gap(infinity, 16) == -infinity);
}

/// The best uniform grid of many levels stays 10 log10(π e / 6) = 1.53 dB short in entropy, and a grid under
/// the largest of 64 weights spends more: no grid of the integers comes nearer than that to the bound.
TEST_CASE("no integer grid passes the bound on Gaussian weights") {
  const auto weights = sample_weights({.count = 65'536, .sigma = 1, .seed = 1});
  for (const char* const format : {"int8", "int6", "int4", "int3", "int2"}) {
    const RoundTrip result = round_trip(weights, {.format = format, .group = {64}});
    CHECK(rate_distortion_gap(result.sqnr_db, result.bits_per_weight) > 1.53);
  }
}

TEST_CASE("arguments that measure nothing are refused by name") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(rate_distortion_bound(-1), doctest::Contains("bitsPerWeight"), EngineError);
  CHECK_THROWS_WITH_AS(rate_distortion_bound(nan), doctest::Contains("bitsPerWeight"), EngineError);
  CHECK_THROWS_WITH_AS(rate_distortion_gap(nan, 4), doctest::Contains("sqnrDb"), EngineError);
}

}  // namespace compression
