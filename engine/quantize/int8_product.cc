#include "engine/quantize/int8_product.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "engine/tensor/matrix_product.h"

namespace compression {
namespace {

constexpr std::size_t exact_run = 1024;  // 1024 × 127² < 2^24

float largest(std::span<const float> values) {
  float result = 0;
  for (const float value : values) result = std::max(result, std::abs(value));
  return result;
}

}  // namespace

Int8Rows quantize_rows(ConstMatrixView m, bool whole) {
  Int8Rows result{.codes = copy(m), .scales = std::vector<float>(m.rows)};
  const float of_all = largest(result.codes.values());
  for (std::size_t i = 0; i < m.rows; ++i) {
    const std::span<float> row = result.codes.row(i);
    result.scales[i] = std::max(whole ? of_all : largest(row), 1e-5f) / 127;
    for (float& value : row) value = std::nearbyint(value / result.scales[i]);
  }
  return result;
}

Matrix dequantize(const Int8Rows& rows) {
  Matrix values = copy(rows.codes.view());
  for (std::size_t i = 0; i < values.rows(); ++i) {
    for (float& value : values.row(i)) value *= rows.scales[i];
  }
  return values;
}

Matrix int8_product(const Int8Rows& a, const Int8Rows& b) {
  Matrix result(a.codes.rows(), b.codes.rows());
  std::vector<double> sums(result.values().size());
  for (std::size_t first = 0; first < a.codes.cols(); first += exact_run) {
    const std::size_t count = std::min(exact_run, a.codes.cols() - first);
    Matrix run(result.rows(), result.cols());
    add_product(run.view(), a.codes.view().block(0, first, a.codes.rows(), count),
                b.codes.view().block(0, first, b.codes.rows(), count).transposed());
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += static_cast<double>(run.values()[i]);
  }
  for (std::size_t i = 0; i < result.rows(); ++i) {
    for (std::size_t j = 0; j < result.cols(); ++j) {
      const double sum = sums[i * result.cols() + j];
      result(i, j) = static_cast<float>(sum) * a.scales[i] * b.scales[j];
    }
  }
  return result;
}

}  // namespace compression
