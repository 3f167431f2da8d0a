/// GPTQ block by block beside rounding to nearest, on layers small enough to look at.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "engine/quantize/layer.h"
#include "engine/tensor/matrix.h"

namespace compression {

/// What a sweep had made of the weights by the end of each block.
struct SweepStates {
  std::span<const Matrix> weights;      // one a block, [in, out], inputs in the order of the sweep
  std::span<const std::size_t> order;   // [in]: the input at each place
  std::size_t block;                    // inputs of a block, the last one may be shorter
  std::span<const float> input_scales;  // [in]: what the weights were multiplied by; empty: nothing
};

/// Relative output errors (layer.h).
struct StepErrors {
  std::vector<double> gptq;     // [blocks + 1]: on the calibration set, before the first block and after each
  std::vector<double> nearest;  // the same where these inputs are rounded to nearest, and that is all
  std::optional<double> nearest_held_out;  // of all inputs rounded to nearest, where there is a held-out set
};

/// Judges the states of a layer's sweep. `nearest` [out, in]: the layer's weights rounded to nearest.
StepErrors step_errors(const Layer& layer, const SweepStates& states, ConstMatrixView nearest);

}  // namespace compression
