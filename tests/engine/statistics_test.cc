#include "engine/tensor/statistics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/error.h"
#include "engine/tensor/fixed_order_sum.h"
#include "engine/tensor/random.h"

namespace compression {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("sums run over eight partial sums, added in order") {
  for (std::size_t count = 0; count < 40; ++count) {
    const auto values = sample_weights({.count = count, .sigma = 1, .seed = count});
    double partial[8] = {};
    for (std::size_t i = 0; i < count; ++i) partial[i % 8] += static_cast<double>(values[i]);
    double expected = 0;
    for (const double part : partial) expected += part;
    CHECK(fixed_order_sum(count, [&](std::size_t i) { return static_cast<double>(values[i]); }) == expected);
  }
}

TEST_CASE("statistics of known numbers") {
  const std::vector<float> values = {3, -4, 0, 1};
  const Statistics s = statistics(values);
  CHECK(s.count == 4);
  CHECK(s.mean == 0);
  CHECK(s.rms == std::sqrt(6.5));
  CHECK(s.standard_deviation == std::sqrt(6.5));
  CHECK(s.absmax == 4);
  CHECK(s.minimum == -4);
  CHECK(s.maximum == 3);
  const std::vector<float> constant(1000, 0.1f);
  CHECK(statistics(constant).mean == doctest::Approx(static_cast<double>(0.1f)).epsilon(1e-15));
  CHECK(statistics(constant).standard_deviation < 1e-16);
}

TEST_CASE("an empty tensor has no extent, and numbers that are not finite are refused") {
  const Statistics none = statistics({});
  CHECK(none.count == 0);
  CHECK(none.rms == 0);
  CHECK(none.absmax == 0);
  for (const float bad : {nan, infinity, -infinity}) {
    const std::vector<float> values = {1, 2, bad};
    const std::vector<double> half = {0.5};
    CHECK_THROWS_WITH_AS(statistics(values), doctest::Contains("values[2]"), EngineError);
    CHECK_THROWS_AS(absmax(values), EngineError);
    CHECK_THROWS_AS(histogram(values, {.bins = 4, .minimum = 0, .maximum = 1}), EngineError);
    CHECK_THROWS_AS(quantiles(values, half), EngineError);
    CHECK_THROWS_AS(compare(values, values), EngineError);
  }
}

TEST_CASE("absmax of zeros, denormals and the largest float") {
  CHECK(absmax({}) == 0);
  CHECK(absmax(std::vector<float>{-0.0f, 0.0f}) == 0);
  CHECK(absmax(std::vector<float>{-1e-45f, 0.0f}) == 1e-45f);
  CHECK(absmax(std::vector<float>{1, -std::numeric_limits<float>::max()}) ==
        std::numeric_limits<float>::max());
}

TEST_CASE("compare measures error and signal") {
  const std::vector<float> original = {1, -2, 3, 0.5f};
  const std::vector<float> approximation = {1, -2.5f, 3, 0.25f};
  const Comparison cost = compare(original, approximation);
  CHECK(cost.rmse == std::sqrt((0.25 + 0.0625) / 4));
  CHECK(cost.max_error == 0.5);
  CHECK(cost.sqnr_db == doctest::Approx(10 * std::log10(14.25 / 0.3125)).epsilon(1e-15));
  CHECK(compare(original, original).rmse == 0);
  CHECK(compare(original, original).sqnr_db == std::numeric_limits<double>::infinity());
  CHECK(compare({}, {}).sqnr_db == std::numeric_limits<double>::infinity());
  CHECK_THROWS_WITH_AS(compare(original, {}), doctest::Contains("4 and 0"), EngineError);
}

TEST_CASE("a histogram counts the last edge in and strangers out") {
  const std::vector<float> values = {-1, 0, 0.24f, 0.25f, 0.5f, 0.99f, 1, 1.5f};
  CHECK(histogram(values, {.bins = 4, .minimum = 0, .maximum = 1}) == std::vector<std::uint32_t>{2, 1, 1, 2});
  CHECK_THROWS_WITH_AS(histogram(values, {.bins = 0, .minimum = 0, .maximum = 1}), doctest::Contains("bins"),
                       EngineError);
  CHECK_THROWS_WITH_AS(histogram(values, {.bins = 1, .minimum = 1, .maximum = 1}), doctest::Contains("max"),
                       EngineError);
}

TEST_CASE("quantiles interpolate between order statistics") {
  const std::vector<float> values = {4, 1, 3, 2};
  const std::vector<double> probabilities = {0, 0.25, 0.5, 1};
  CHECK(quantiles(values, probabilities) == std::vector<double>{1, 1.75, 2.5, 4});
  const std::vector<double> beyond = {1.1};
  CHECK_THROWS_WITH_AS(quantiles(values, beyond), doctest::Contains("probabilities"), EngineError);
  CHECK_THROWS_AS(quantiles({}, probabilities), EngineError);
}

}  // namespace compression
