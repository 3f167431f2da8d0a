#include "engine/quantize/smoothquant.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "engine/error.h"
#include "engine/number_text.h"
#include "engine/quantize/int8_product.h"
#include "engine/tensor/columns.h"
#include "engine/tensor/portable_math.h"

namespace compression {

SmoothedLayer smoothquant(const Layer& layer, const SmoothQuantOptions& options) {
  if (!(options.alpha >= 0 && options.alpha <= 1)) {
    throw EngineError(ErrorCode::invalid_argument,
                      "alpha must be within 0 and 1, not " + number_text(options.alpha));
  }
  constexpr double least = 1e-5;
  SmoothedLayer result{.scales = std::vector<float>(layer.weights.cols, 1.0f)};
  if (options.smooth) {
    const std::vector<double> activations = column_maxima(layer.calibration);
    const std::vector<double> weights = column_maxima(layer.weights);
    for (std::size_t j = 0; j < result.scales.size(); ++j) {
      const double log_scale = options.alpha * logarithm(std::max(activations[j], least)) -
                               (1 - options.alpha) * logarithm(std::max(weights[j], least));
      result.scales[j] = static_cast<float>(std::max(exponential(log_scale), least));
    }
  }
  const Matrix scaled = columns_times(layer.weights, result.scales);
  const Matrix stored = dequantize(quantize_rows(scaled.view(), false));
  result.weights = columns_over(stored.view(), result.scales);
  if (options.per_tensor) {
    const std::vector<double> maxima = column_maxima(columns_over(layer.calibration, result.scales).view());
    result.activation_scale = std::max(std::ranges::max(maxima), least) / 127;
  }
  return result;
}

Matrix smoothed_output(ConstMatrixView weights, const SmoothedLayer& smoothed, ConstMatrixView x) {
  const Int8Rows w = quantize_rows(columns_times(weights, smoothed.scales).view(), false);
  const Matrix activations = columns_over(x, smoothed.scales);
  if (smoothed.activation_scale == 0) return int8_product(quantize_rows(activations.view(), false), w);
  const auto scale = static_cast<float>(smoothed.activation_scale);
  Int8Rows codes{.codes = copy(activations.view()), .scales = std::vector<float>(x.rows, scale)};
  for (float& value : codes.codes.values()) {
    value = std::clamp(std::nearbyint(value / scale), -127.0f, 127.0f);
  }
  return int8_product(codes, w);
}

}  // namespace compression
