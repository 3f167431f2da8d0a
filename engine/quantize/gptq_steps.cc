#include "engine/quantize/gptq_steps.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "engine/quantize/group_rounding.h"
#include "engine/tensor/columns.h"

namespace compression {

StepErrors step_errors(const Layer& layer, const SweepStates& states, ConstMatrixView nearest) {
  StepErrors errors{.gptq = {0}, .nearest = {0}, .nearest_held_out = {}};
  const auto error = [&](const Matrix& weights, ConstMatrixView x) {
    return relative_output_error(layer.weights, weights.view(), x);
  };
  Matrix rounded = copy(layer.weights);
  std::size_t done = 0;
  for (const Matrix& state : states.weights) {
    Matrix weights = in_layer_order(state.view(), states.order);
    if (!states.input_scales.empty()) {
      weights = columns_over(std::as_const(weights).view(), states.input_scales);
    }
    errors.gptq.push_back(error(weights, layer.calibration));
    for (const std::size_t end = std::min(done + states.block, states.order.size()); done < end; ++done) {
      const std::size_t input = states.order[done];
      for (std::size_t i = 0; i < rounded.rows(); ++i) rounded(i, input) = nearest(i, input);
    }
    errors.nearest.push_back(error(rounded, layer.calibration));
  }
  if (layer.held_out.rows > 0) errors.nearest_held_out = error(rounded, layer.held_out);
  return errors;
}

}  // namespace compression
