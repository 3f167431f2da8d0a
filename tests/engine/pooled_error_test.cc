#include "engine/tensor/pooled_error.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "engine/error.h"
#include "engine/formats/packed.h"
#include "engine/tensor/random.h"
#include "engine/tensor/statistics.h"

namespace compression {
namespace {

/// What a format makes of `weights`, as a part of a whole.
PartialError measure(std::span<const float> weights, const PackOptions& options) {
  const RoundTrip result = round_trip(weights, options);
  return {.weights = static_cast<double>(weights.size()),
          .bits_per_weight = result.bits_per_weight,
          .rms = statistics(weights).rms,
          .rmse = result.rmse,
          .max_error = result.max_error};
}

}  // namespace

TEST_CASE("rows measured apart and pooled are the tensor measured at once") {
  const std::size_t cols = 96;
  const auto weights = sample_weights(
      {.count = 7 * cols, .sigma = 0.02, .outlier_fraction = 0.01, .outlier_scale = 6, .seed = 4});
  const PackOptions options = {.format = "int4", .group = {32}, .cols = cols};
  const RoundTrip whole = round_trip(weights, options);
  std::vector<PartialError> parts;
  std::span<const float> rest = weights;
  for (const std::size_t rows : {1U, 4U, 2U}) {
    parts.push_back(measure(rest.first(rows * cols), options));
    rest = rest.subspan(rows * cols);
  }
  const PooledError pooled = pooled_error(parts);
  CHECK(pooled.weights == 7 * cols);
  CHECK(pooled.bits_per_weight == whole.bits_per_weight);
  CHECK(pooled.bytes == static_cast<double>(pack(weights, options).bytes.size()));
  CHECK(pooled.rms == doctest::Approx(statistics(weights).rms).epsilon(1e-15));
  CHECK(pooled.rmse == doctest::Approx(whole.rmse).epsilon(1e-15));
  CHECK(pooled.max_error == whole.max_error);
  CHECK(pooled.sqnr_db == doctest::Approx(whole.sqnr_db).epsilon(1e-14));
}

TEST_CASE("large parts count for more") {
  const PartialError large = {.weights = 3, .bits_per_weight = 4, .rms = 2, .rmse = 0};
  const PartialError small = {.weights = 1, .bits_per_weight = 8, .rms = 2, .rmse = 1, .max_error = 1};
  const PooledError pooled = pooled_error(std::vector{large, small});
  CHECK(pooled.bits_per_weight == 5);
  CHECK(pooled.bytes == 2.5);
  CHECK(pooled.rms == 2);
  CHECK(pooled.rmse == 0.5);
  CHECK(pooled.sqnr_db == doctest::Approx(10 * std::log10(16)).epsilon(1e-15));
}

TEST_CASE("a whole without error has no noise to speak of") {
  const PooledError pooled = pooled_error(std::vector<PartialError>{{.weights = 2, .rms = 1}});
  CHECK(pooled.sqnr_db == std::numeric_limits<double>::infinity());
  CHECK(pooled.rmse == 0);
}

TEST_CASE("parts that measure nothing are refused by name") {
  using Parts = std::vector<PartialError>;
  CHECK_THROWS_WITH_AS(pooled_error(Parts{}), doctest::Contains("parts must not be empty"), EngineError);
  CHECK_THROWS_WITH_AS(pooled_error(Parts{{.weights = 1}, {}}), doctest::Contains("parts[1]"), EngineError);
  CHECK_THROWS_WITH_AS(pooled_error(Parts{{.weights = 1, .rms = -1}}), doctest::Contains("parts[0]"),
                       EngineError);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(pooled_error(Parts{{.weights = 1, .rmse = nan}}), doctest::Contains("finite"),
                       EngineError);
}

}  // namespace compression
