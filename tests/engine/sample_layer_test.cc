#include "engine/quantize/sample_layer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "engine/error.h"
#include "engine/tensor/statistics.h"

namespace compression {
namespace {

double rms(ConstMatrixView x, std::size_t col) {
  double sum = 0;
  for (std::size_t i = 0; i < x.rows; ++i)
    sum += static_cast<double>(x(i, col)) * static_cast<double>(x(i, col));
  return std::sqrt(sum / static_cast<double>(x.rows));
}

}  // namespace

TEST_CASE("a sampled layer has what its options say") {
  const SampleLayerOptions options{.outputs = 64,
                                   .inputs = 200,
                                   .tokens = 500,
                                   .held_out_tokens = 300,
                                   .heavy_rows = 0,
                                   .channel_spread = 0,
                                   .outlier_channels = 0.02,
                                   .heavy_tokens = 0,
                                   .seed = 5};
  const SampledLayer layer = sample_layer(options);
  CHECK(layer.weights.rows() == 64);
  CHECK(layer.weights.cols() == 200);
  CHECK(layer.calibration.rows() == 500);
  CHECK(layer.held_out.rows() == 300);
  REQUIRE(layer.outlier_inputs.size() == 4);
  // A standard deviation estimated from n numbers is off by 1/√(2n): four times that.
  CHECK(statistics(layer.weights.values()).standard_deviation ==
        doctest::Approx(0.02).epsilon(4 / std::sqrt(2.0 * 12800)));
  for (std::size_t j = 0; j < 200; ++j) {
    const bool outlier = std::ranges::count(layer.outlier_inputs, j) > 0;
    for (const Matrix* x : {&layer.calibration, &layer.held_out}) {
      CHECK(rms(x->view(), j) > (outlier ? 15 : 0.8));
      CHECK(rms(x->view(), j) < (outlier ? 120 : 1.2));
    }
  }
  double product = 0;
  for (std::size_t t = 0; t < 500; ++t) {
    for (std::size_t j = 1; j < 10; ++j) {
      product += static_cast<double>(layer.calibration(t, j)) *
                 static_cast<double>(layer.calibration(t, j - 1)) /
                 (rms(layer.calibration.view(), j) * rms(layer.calibration.view(), j - 1));
    }
  }
  CHECK(product / (500 * 9) == doctest::Approx(0.8).epsilon(0.1));
}

TEST_CASE("heavy rows have heavier tails, heavy tokens are larger") {
  const SampledLayer layer = sample_layer({.outputs = 10,
                                           .inputs = 4000,
                                           .tokens = 50,
                                           .heavy_rows = 0.2,
                                           .tail = 1,
                                           .correlation = 0,
                                           .channel_spread = 0,
                                           .outlier_channels = 0,
                                           .heavy_tokens = 0.1,
                                           .heavy_token_scale = 5,
                                           .seed = 1});
  std::size_t heavy_rows = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    const Statistics row = statistics(layer.weights.row(i));
    heavy_rows += row.absmax > 8 * row.standard_deviation ? 1 : 0;
  }
  CHECK(heavy_rows == 2);
  std::size_t heavy_tokens = 0;
  for (std::size_t t = 0; t < 50; ++t) heavy_tokens += statistics(layer.calibration.row(t)).rms > 4 ? 1 : 0;
  CHECK(heavy_tokens == 5);
}

TEST_CASE("layers follow from the seed, and bad options are refused") {
  const SampleLayerOptions options{.outputs = 3, .inputs = 5, .tokens = 2, .held_out_tokens = 1, .seed = 9};
  const auto weights = [](const SampleLayerOptions& given) {
    const SampledLayer layer = sample_layer(given);
    return std::vector<float>(layer.weights.values().begin(), layer.weights.values().end());
  };
  CHECK(weights(options) == weights(options));
  SampleLayerOptions other = options;
  other.seed = 10;
  CHECK(weights(options) != weights(other));
  const auto refuse = [&](auto change, const char* word) {
    SampleLayerOptions bad = options;
    change(bad);
    CHECK_THROWS_WITH_AS(sample_layer(bad), doctest::Contains(word), EngineError);
  };
  refuse([](auto& o) { o.outputs = 0; }, "outputs");
  refuse([](auto& o) { o.inputs = 0; }, "inputs");
  refuse([](auto& o) { o.tokens = 0; }, "tokens");
  refuse([](auto& o) { o.sigma = -1; }, "sigma");
  refuse([](auto& o) { o.correlation = 1; }, "correlation");
  refuse([](auto& o) { o.outlier_channels = 1.5; }, "outlierChannels");
  refuse([](auto& o) { o.outlier_least = 200; }, "outlierLeast");
  refuse([](auto& o) { o.heavy_token_scale = std::nan(""); }, "heavyTokenScale");
  refuse([](auto& o) { o.tail = 100; }, "tail");
}

}  // namespace compression
