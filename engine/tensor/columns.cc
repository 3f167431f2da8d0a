#include "engine/tensor/columns.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace compression {

Matrix columns_times(ConstMatrixView m, std::span<const float> factors) {
  Matrix result = copy(m);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    const std::span<float> row = result.row(i);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] *= factors[j];
  }
  return result;
}

Matrix columns_over(ConstMatrixView m, std::span<const float> divisors) {
  Matrix result = copy(m);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    const std::span<float> row = result.row(i);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] /= divisors[j];
  }
  return result;
}

std::vector<double> column_maxima(ConstMatrixView m) {
  std::vector<double> maxima(m.cols);
  for (std::size_t i = 0; i < m.rows; ++i) {
    for (std::size_t j = 0; j < m.cols; ++j) {
      maxima[j] = std::max(maxima[j], std::abs(static_cast<double>(m(i, j))));
    }
  }
  return maxima;
}

void add_squares(ConstMatrixView m, std::span<double> sums) {
  for (std::size_t i = 0; i < m.rows; ++i) {
    for (std::size_t j = 0; j < m.cols; ++j) {
      const double value = m(i, j);
      sums[j] += value * value;
    }
  }
}

}  // namespace compression
