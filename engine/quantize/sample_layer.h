/// Layers to learn on, with what makes those of language models hard to compress.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tensor/matrix.h"

namespace compression {

/// Shares are of a whole, 0…1; counts follow from them, rounded up. Scales are factors ≥ 0, finite.
struct SampleLayerOptions {
  std::size_t outputs = 0;          // ≥ 1
  std::size_t inputs = 0;           // ≥ 1
  std::size_t tokens = 0;           // of calibration, ≥ 1
  std::size_t held_out_tokens = 0;  // from the same source
  double sigma = 0.02;              // standard deviation of the weights' bulk
  double heavy_rows = 0.1;          // share of rows with heavier tails
  double tail = 0.5;                // their weights are normal times e^(tail × normal)
  double correlation = 0.8;         // of neighbouring channels, −1 … 1, both excluded
  double channel_spread = 0.5;      // a channel's activations are scaled by e^(spread × normal)
  double outlier_channels = 0.01;   // share of channels that carry outliers
  double outlier_least = 20;        // they are scaled by a uniform factor from here …
  double outlier_most = 100;        // … to here
  double heavy_tokens = 0.01;       // share of tokens that are large in all channels
  double heavy_token_scale = 5;     // by this factor
  std::uint64_t seed = 0;
};

struct SampledLayer {
  Matrix weights;                             // [out, in]
  Matrix calibration;                         // [tokens, in]
  Matrix held_out;                            // [held-out tokens, in]
  std::vector<std::uint32_t> outlier_inputs;  // channels that carry outliers, ascending
};

/// Draws a layer from the stream of `seed` (random.h). Throws EngineError(invalid_argument) for options
/// outside their bounds.
SampledLayer sample_layer(const SampleLayerOptions& options);

}  // namespace compression
