#include "engine/formats/vector/turned_weights.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "engine/error.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/quip.h"
#include "engine/tensor/dot_product.h"
#include "engine/tensor/random.h"
#include "engine/tensor/tails.h"
#include "tests/engine/layers.h"

namespace compression {

TEST_CASE("tails of known numbers") {
  const std::vector<float> even = {1, -1, 1, -1};
  CHECK(peak(even) == 1);
  CHECK(kurtosis(even) == 1);
  const std::vector<float> alone = {0, 0, -3, 0};
  CHECK(peak(alone) == 2);
  CHECK(kurtosis(alone) == 4);
  CHECK(kurtosis(std::vector<float>(4)) == 0);
  CHECK(kurtosis(sample_weights({.count = 100'000, .sigma = 1e-30, .seed = 1})) ==
        doctest::Approx(3).epsilon(0.03));
  CHECK(kurtosis(std::vector<float>{1e38f, 1e38f}) == doctest::Approx(1).epsilon(1e-12));
}

TEST_CASE("turned weights have the same squares, and no outliers") {
  const auto weights = sample_weights(
      {.count = 128 * 64, .sigma = 0.02, .outlier_fraction = 0.01, .outlier_scale = 8, .seed = 2});
  const TurnedWeights turned = turned_weights(weights, 128, 64, 5);
  CHECK(turned.width == 64);
  CHECK(sum_of_squares(turned.weights) == doctest::Approx(sum_of_squares(weights)).epsilon(1e-5));
  CHECK(turned.given.peak == peak(weights));
  CHECK(turned.given.kurtosis > 10);
  CHECK(turned.turned.kurtosis == doctest::Approx(3).epsilon(0.1));
  CHECK(turned.turned.peak < turned.given.peak / 2);
  CHECK(turned_weights(weights, 128, 64, 6).weights != turned.weights);
}

TEST_CASE("turned weights are those that QuIP# rounds, in the units of the weights") {
  const test::SmallLayer layer = test::p32();
  const QuipResult quantized = quip(layer.weights.view(), hessian(layer.x.view()).view(), {.seed = 3});
  const Matrix given = copy(layer.weights.view());
  const TurnedWeights turned = turned_weights(given.values(), given.rows(), given.cols(), 3);
  const auto in_units = quantized.turned.values();
  REQUIRE(in_units.size() == turned.weights.size());
  const double scale = std::sqrt(sum_of_squares(given.values()) / sum_of_squares(in_units));
  for (std::size_t i = 0; i < in_units.size(); ++i) {
    CHECK(std::abs(static_cast<double>(in_units[i]) * scale - static_cast<double>(turned.weights[i])) < 1e-5);
  }
  CHECK(turned.given.peak == quantized.peak_before);
  CHECK(turned.turned.peak == doctest::Approx(quantized.peak_after).epsilon(1e-5));
}

TEST_CASE("rows are filled up to whole codes, and what is not finite is refused") {
  const std::vector<float> weights = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const TurnedWeights turned = turned_weights(weights, 1, 10, 0);
  CHECK(turned.width == 16);
  CHECK(turned.weights.size() == 16);
  const std::vector<float> broken = {1, std::numeric_limits<float>::infinity()};
  CHECK_THROWS_WITH_AS(turned_weights(broken, 1, 2, 0), "weights[1] is Infinity; every number must be finite",
                       EngineError);
}

}  // namespace compression
