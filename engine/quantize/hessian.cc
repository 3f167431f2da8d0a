#include "engine/quantize/hessian.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/number_text.h"
#include "engine/tensor/cholesky.h"
#include "engine/tensor/matrix_product.h"

namespace compression {
namespace {

double mean_diagonal(ConstMatrixView h) {
  double sum = 0;
  for (std::size_t i = 0; i < h.rows; ++i) sum += static_cast<double>(h(i, i));
  return sum / static_cast<double>(h.rows);
}

/// Both directions of h in a new order.
Matrix permuted(ConstMatrixView h, const std::vector<std::size_t>& order) {
  Matrix result(h.rows, h.cols);
  for (std::size_t i = 0; i < h.rows; ++i) {
    for (std::size_t j = 0; j < h.cols; ++j) result(i, j) = h(order[i], order[j]);
  }
  return result;
}

}  // namespace

void HessianSum::add(ConstMatrixView x) {
  add_gram_upper(sum_.view(), x);
  tokens_ += x.rows;
}

Matrix HessianSum::mean() const {
  Matrix h = copy(sum_.view());
  mirror_upper(h.view());
  if (tokens_ == 0) return h;
  const float share = 2.0f / static_cast<float>(tokens_);
  for (float& element : h.values()) element *= share;
  return h;
}

Matrix hessian(ConstMatrixView x) {
  HessianSum sum(x.cols);
  sum.add(x);
  return sum.mean();
}

float diagonal_normaliser(ConstMatrixView h) {
  const double mean = mean_diagonal(h);
  return static_cast<float>(mean > 0 ? 1 / mean : 0);
}

InverseHessian invert_hessian(Matrix h, double damping, bool descending_diagonal) {
  if (!(damping > 0 && damping <= 1)) {
    throw EngineError(ErrorCode::invalid_argument,
                      "damping must be above 0 and at most 1, not " + number_text(damping));
  }
  const std::size_t n = h.rows();
  InverseHessian result;
  result.order.resize(n);
  std::iota(result.order.begin(), result.order.end(), std::size_t{0});
  for (std::size_t i = 0; i < n; ++i) {
    if (h(i, i) == 0) {
      result.dead.push_back(i);
      h(i, i) = 1;
    }
  }
  if (descending_diagonal) {
    const auto before = [&](std::size_t a, std::size_t b) {
      return h(a, a) > h(b, b) || (!(h(b, b) > h(a, a)) && a < b);
    };
    // The order is strict, so that any way of sorting gives the same; a heap is the least code.
    std::make_heap(result.order.begin(), result.order.end(), before);
    std::sort_heap(result.order.begin(), result.order.end(), before);
    h = permuted(std::as_const(h).view(), result.order);
  }
  const double mean = mean_diagonal(std::as_const(h).view());
  double added = 0;
  for (result.damping = damping; result.damping <= 10; result.damping *= 10) {
    const double wanted = std::min(result.damping, 1.0) * mean;
    for (std::size_t i = 0; i < n; ++i) h(i, i) += static_cast<float>(wanted - added);
    added = wanted;
    result.factor = inverse_factor(std::as_const(h).view());
    if (result.factor.rows() == n) {
      result.damping = std::min(result.damping, 1.0);
      return result;
    }
  }
  throw EngineError(ErrorCode::invalid_argument,
                    "calibration has a Hessian that float32 cannot invert, even with its diagonal doubled");
}

Matrix live_weights(ConstMatrixView weights, const InverseHessian& inverse) {
  Matrix by_input = copy(weights.transposed());
  for (const std::size_t input : inverse.dead) std::ranges::fill(by_input.row(input), 0.0f);
  return by_input;
}

Matrix weights_by_place(ConstMatrixView weights, const InverseHessian& inverse) {
  const Matrix by_input = live_weights(weights, inverse);
  Matrix result(by_input.rows(), by_input.cols());
  for (std::size_t i = 0; i < result.rows(); ++i) {
    std::ranges::copy(by_input.row(inverse.order[i]), result.row(i).begin());
  }
  return result;
}

}  // namespace compression
