#include "engine/quantize/ldlq.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "engine/tensor/cholesky.h"
#include "engine/tensor/dot_product.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/matrix_product.h"

namespace compression {
namespace {

/// Inputs whose far neighbours are heard of in one product.
constexpr std::size_t far_inputs = 128;

/// u⁻¹ of an upper triangular block.
Matrix inverse_of(ConstMatrixView u) {
  Matrix inverse = copy(u);
  invert_upper(inverse.view());
  return inverse;
}

/// Whether there is nothing to hear of these inputs, as before their first turn.
bool without_errors(MatrixView errors, std::size_t from, std::size_t to) noexcept {
  for (std::size_t i = from; i < to; ++i) {
    if (largest_magnitude_bits(errors.row(i)) != 0) return false;
  }
  return true;
}

}  // namespace

Matrix ldlq_factors(ConstMatrixView h, std::size_t length) {
  Matrix u = copy(h);
  if (!cholesky(u.view())) return {};
  const std::size_t n = h.rows;
  Matrix factors(n, n);
  for (std::size_t k = 0; k < n; k += length) {
    const std::size_t height = std::min(length, n - k);
    const std::size_t later = k + height;
    add_product(factors.view().block(k, later, height, n - later),
                inverse_of(u.view().block(k, k, height, height)).view(),
                u.view().block(k, later, height, n - later));
  }
  return factors;
}

Matrix descent_factors(ConstMatrixView h, std::size_t length) {
  const std::size_t n = h.rows;
  Matrix factors(n, n);
  for (std::size_t k = 0; k < n; k += length) {
    const std::size_t height = std::min(length, n - k);
    Matrix u = copy(h.block(k, k, height, height));
    if (!cholesky(u.view())) return {};
    Matrix row = copy(h.block(k, 0, height, n));
    solve_transposed_upper(std::as_const(u).view(), row.view());
    add_product(factors.view().block(k, 0, height, n), inverse_of(u.view()).view(), row.view());
  }
  return factors;
}

void sweep_blocks(ConstMatrixView weights, ConstMatrixView factors, std::size_t length,
                  const BlockRounding& rounding, MatrixView errors, const Progress& progress) {
  const std::size_t inputs = weights.rows;
  const std::size_t outputs = weights.cols;
  const std::size_t wide = std::max(length, far_inputs / length * length);
  for (std::size_t end = inputs; end > 0;) {
    const std::size_t begin = (end - 1) / wide * wide;
    const std::size_t count = end - begin;
    Matrix targets = copy(weights.block(begin, 0, count, outputs));
    const auto hear = [&](std::size_t row, std::size_t height, std::size_t from, std::size_t to) {
      if (without_errors(errors, from, to)) return;
      add_product(targets.view().block(row - begin, 0, height, outputs),
                  factors.block(row, from, height, to - from), errors.block(from, 0, to - from, outputs));
    };
    hear(begin, count, 0, begin);
    hear(begin, count, end, inputs);
    for (std::size_t later = end; later > begin;) {
      const std::size_t first = (later - 1) / length * length;
      const std::size_t height = later - first;
      hear(first, height, begin, first);
      hear(first, height, later, end);
      const MatrixView block = targets.view().block(first - begin, 0, height, outputs);
      rounding(first, block);
      for (std::size_t i = 0; i < height; ++i) {
        for (std::size_t j = 0; j < outputs; ++j) errors(first + i, j) = weights(first + i, j) - block(i, j);
      }
      later = first;
    }
    end = begin;
    report(progress, static_cast<double>(inputs - begin) / static_cast<double>(inputs));
  }
}

double proxy_loss(ConstMatrixView errors, ConstMatrixView h) {
  Matrix product(errors.rows, errors.cols);
  add_product(product.view(), h, errors);
  double sum = 0;
  for (std::size_t i = 0; i < errors.rows; ++i) {
    sum += dot_product({&errors(i, 0), errors.cols}, std::as_const(product).row(i));
  }
  return sum;
}

}  // namespace compression
