#include "engine/quantize/llm_int8.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/error.h"
#include "engine/number_text.h"
#include "engine/quantize/int8_product.h"
#include "engine/tensor/matrix_product.h"

namespace compression {
namespace {

std::vector<std::uint32_t> outliers(ConstMatrixView x, float threshold) {
  std::vector<std::uint8_t> found(x.cols);
  for (std::size_t i = 0; i < x.rows; ++i) {
    for (std::size_t j = 0; j < x.cols; ++j) found[j] |= std::abs(x(i, j)) >= threshold ? 1 : 0;
  }
  std::vector<std::uint32_t> inputs;
  for (std::size_t j = 0; j < x.cols; ++j) {
    if (found[j] != 0) inputs.push_back(static_cast<std::uint32_t>(j));
  }
  return inputs;
}

/// Rows in int8, each under the largest of its magnitudes below the threshold, outlier columns left out.
Int8Rows quantize_tokens(ConstMatrixView x, float threshold, std::span<const std::uint32_t> without) {
  Int8Rows result{.codes = copy(x), .scales = std::vector<float>(x.rows)};
  for (std::size_t i = 0; i < x.rows; ++i) {
    const std::span<float> row = result.codes.row(i);
    float largest = 0;
    for (const float value : row) {
      if (std::abs(value) < threshold) largest = std::max(largest, std::abs(value));
    }
    result.scales[i] = std::max(largest, 1e-5f) / 127;
    for (const std::uint32_t input : without) row[input] = 0;
    for (float& value : row) value = std::nearbyint(value / result.scales[i]);
  }
  return result;
}

Matrix columns(ConstMatrixView m, std::span<const std::uint32_t> chosen) {
  Matrix result(m.rows, chosen.size());
  for (std::size_t i = 0; i < m.rows; ++i) {
    for (std::size_t j = 0; j < chosen.size(); ++j) result(i, j) = m(i, chosen[j]);
  }
  return result;
}

}  // namespace

LlmInt8Product llm_int8_product(ConstMatrixView weights, ConstMatrixView x, double threshold) {
  if (!(threshold >= 0 && std::isfinite(threshold))) {
    throw EngineError(ErrorCode::invalid_argument,
                      "threshold must be finite and at least 0, not " + number_text(threshold));
  }
  const float bound = threshold == 0 ? std::numeric_limits<float>::infinity() : static_cast<float>(threshold);
  LlmInt8Product result{.outlier_inputs = outliers(x, bound)};
  const Int8Rows w = quantize_rows(weights, false);
  result.output = int8_product(quantize_tokens(x, bound, result.outlier_inputs), w);
  const Matrix outlier_weights = columns(dequantize(w).view(), result.outlier_inputs);
  add_product(result.output.view(), columns(x, result.outlier_inputs).view(),
              outlier_weights.view().transposed());
  return result;
}

}  // namespace compression
