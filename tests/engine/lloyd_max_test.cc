#include "engine/tensor/lloyd_max.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "engine/tensor/random.h"

namespace compression {
namespace {

double loss(std::span<const float> values, const FourLevels& levels) {
  double sum = 0;
  for (const float value : values) {
    double least = INFINITY;
    for (const float level : levels) {
      const double difference = static_cast<double>(value) - static_cast<double>(level);
      least = std::min(least, difference * difference);
    }
    sum += least;
  }
  return sum;
}

}  // namespace

TEST_CASE("Lloyd-Max: of normal numbers Max's levels, which leave 0.1175 of the variance") {
  const auto values = sample_weights({.count = 200'000, .sigma = 0.02, .seed = 4});
  const FourLevels levels = lloyd_max(values);
  const FourLevels known = {-1.510f * 0.02f, -0.4528f * 0.02f, 0.4528f * 0.02f, 1.510f * 0.02f};
  for (std::size_t i = 0; i < levels.size(); ++i) CHECK(std::abs(levels[i] - known[i]) < 0.0002f);
  CHECK(loss(values, levels) / (200'000 * 0.0004) == doctest::Approx(0.1175).epsilon(0.01));
  CHECK(loss(values, levels) <= loss(values, known));
}

TEST_CASE("Lloyd-Max: no level can move without loss, each value goes to the nearest") {
  const auto values =
      sample_weights({.count = 4096, .sigma = 1, .outlier_fraction = 0.02, .outlier_scale = 8, .seed = 9});
  const FourLevels levels = lloyd_max(values);
  CHECK(std::ranges::is_sorted(levels));
  for (std::size_t i = 0; i < levels.size(); ++i) {
    for (const float step : {-0.01f, 0.01f}) {
      FourLevels moved = levels;
      moved[i] += step;
      CHECK(loss(values, moved) > loss(values, levels));
    }
  }
  double sum = 0;
  for (const float value : values) {
    const double error =
        static_cast<double>(value) - static_cast<double>(levels[nearest_level(value, levels)]);
    sum += error * error;
  }
  CHECK(sum == doctest::Approx(loss(values, levels)).epsilon(1e-12));
}

TEST_CASE("Lloyd-Max: few values, zeros, none") {
  const std::vector<float> two = {-1, 1, 1, -1};
  CHECK(loss(two, lloyd_max(two)) < 1e-12);
  const std::vector<float> zeros(5);
  CHECK(lloyd_max(zeros) == FourLevels{});
  CHECK(lloyd_max({}) == FourLevels{});
  const std::vector<float> huge = {3e38f, -3e38f, 3e38f, -3e38f};
  for (const float level : lloyd_max(huge)) CHECK(std::isfinite(level));
  const FourLevels levels = {-2, -1, 1, 2};
  CHECK(nearest_level(0, levels) == 1);
  CHECK(nearest_level(-100, levels) == 0);
  CHECK(nearest_level(1.5f, levels) == 2);
  CHECK(nearest_level(1.6f, levels) == 3);
}

}  // namespace compression
