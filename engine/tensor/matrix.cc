#include "engine/tensor/matrix.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include "engine/tensor/fixed_order_sum.h"

namespace compression {

Matrix copy(ConstMatrixView source) {
  constexpr std::size_t tile = 16;  // floats of a cache line
  Matrix result(source.rows, source.cols);
  for (std::size_t top = 0; top < source.rows; top += tile) {
    const std::size_t bottom = std::min(top + tile, source.rows);
    for (std::size_t left = 0; left < source.cols; left += tile) {
      const std::size_t right = std::min(left + tile, source.cols);
      for (std::size_t i = top; i < bottom; ++i) {
        for (std::size_t j = left; j < right; ++j) result(i, j) = source(i, j);
      }
    }
  }
  return result;
}

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

double relative_difference(ConstMatrixView exact, ConstMatrixView other) {
  double lost = 0;
  double signal = 0;
  for (std::size_t i = 0; i < exact.rows; ++i) {
    lost += fixed_order_sum(exact.cols, [&](std::size_t j) {
      const double error = static_cast<double>(exact(i, j)) - static_cast<double>(other(i, j));
      return error * error;
    });
    signal += fixed_order_sum(exact.cols, [&](std::size_t j) {
      return static_cast<double>(exact(i, j)) * static_cast<double>(exact(i, j));
    });
  }
  if (lost == 0) return 0;
  return signal == 0 ? std::numeric_limits<double>::infinity() : std::sqrt(lost / signal);
}

}  // namespace compression
