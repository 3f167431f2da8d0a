#include "engine/quantize/sample_layer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/number_text.h"
#include "engine/tensor/portable_math.h"
#include "engine/tensor/random.h"

namespace compression {
namespace {

void require(bool condition, const char* name, const char* bound, double value) {
  if (!condition) {
    throw EngineError(ErrorCode::invalid_argument,
                      std::string(name) + " must be " + bound + ", not " + number_text(value));
  }
}

void require_share(double share, const char* name) {
  require(share >= 0 && share <= 1, name, "within 0 and 1", share);
}

void require_scale(double scale, const char* name) {
  require(scale >= 0 && scale <= 1e6, name, "within 0 and 1000000", scale);
}

void require_options(const SampleLayerOptions& options) {
  require(options.outputs > 0, "outputs", "at least 1", 0);
  require(options.inputs > 0, "inputs", "at least 1", 0);
  require(options.tokens > 0, "tokens", "at least 1", 0);
  require_scale(options.sigma, "sigma");
  require_share(options.heavy_rows, "heavyRows");
  require(options.tail >= 0 && options.tail <= 5, "tail", "within 0 and 5", options.tail);
  require(std::abs(options.correlation) < 1, "correlation", "between -1 and 1", options.correlation);
  require(options.channel_spread >= 0 && options.channel_spread <= 5, "channelSpread", "within 0 and 5",
          options.channel_spread);
  require_share(options.outlier_channels, "outlierChannels");
  require_scale(options.outlier_least, "outlierLeast");
  require_scale(options.outlier_most, "outlierMost");
  require(options.outlier_least <= options.outlier_most, "outlierLeast", "at most outlierMost",
          options.outlier_least);
  require_share(options.heavy_tokens, "heavyTokens");
  require_scale(options.heavy_token_scale, "heavyTokenScale");
}

/// `share` of `count` places, rounded up, at random, ascending: each place is taken with the probability that
/// leaves as many as are wanted.
std::vector<std::uint32_t> choose(double share, std::size_t count, Random& random) {
  auto wanted = static_cast<std::size_t>(std::ceil(share * static_cast<double>(count)));
  std::vector<std::uint32_t> places;
  for (std::size_t i = 0; i < count; ++i) {
    if (random.random() * static_cast<double>(count - i) < static_cast<double>(wanted)) {
      places.push_back(static_cast<std::uint32_t>(i));
      --wanted;
    }
  }
  return places;
}

Matrix draw_weights(const SampleLayerOptions& options, Random& random) {
  Matrix weights(options.outputs, options.inputs);
  for (float& weight : weights.values()) weight = static_cast<float>(random.normal(0, options.sigma));
  for (const std::uint32_t row : choose(options.heavy_rows, options.outputs, random)) {
    for (float& weight : weights.row(row)) {
      weight = static_cast<float>(weight * exponential(options.tail * random.standard_normal()));
    }
  }
  return weights;
}

/// Tokens whose neighbouring channels are correlated, scaled channel by channel.
Matrix draw_activations(std::size_t tokens, const std::vector<double>& scales,
                        const SampleLayerOptions& options, Random& random) {
  Matrix x(tokens, options.inputs);
  const double fresh = std::sqrt(1 - options.correlation * options.correlation);
  for (std::size_t t = 0; t < tokens; ++t) {
    double channel = random.standard_normal();
    for (std::size_t j = 0; j < options.inputs; ++j) {
      if (j > 0) channel = options.correlation * channel + fresh * random.standard_normal();
      x(t, j) = static_cast<float>(channel * scales[j]);
    }
  }
  for (const std::uint32_t token : choose(options.heavy_tokens, tokens, random)) {
    for (float& activation : x.row(token)) {
      activation = static_cast<float>(activation * options.heavy_token_scale);
    }
  }
  return x;
}

}  // namespace

SampledLayer sample_layer(const SampleLayerOptions& options) {
  require_options(options);
  Random random(options.seed);
  SampledLayer layer;
  layer.weights = draw_weights(options, random);
  std::vector<double> scales(options.inputs);
  for (double& scale : scales) scale = exponential(options.channel_spread * random.standard_normal());
  layer.outlier_inputs = choose(options.outlier_channels, options.inputs, random);
  for (const std::uint32_t input : layer.outlier_inputs) {
    scales[input] *= options.outlier_least + (options.outlier_most - options.outlier_least) * random.random();
  }
  layer.calibration = draw_activations(options.tokens, scales, options, random);
  layer.held_out = draw_activations(options.held_out_tokens, scales, options, random);
  return layer;
}

}  // namespace compression
