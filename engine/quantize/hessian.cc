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

/// A sum over tokens, as H has it.
void scale_to_mean(Matrix& sum, std::size_t tokens) {
  const float share = 2.0f / static_cast<float>(tokens);
  for (float& element : sum.values()) element *= share;
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
  scale_to_mean(h, tokens_);
  return h;
}

Matrix hessian(ConstMatrixView x) {
  Matrix h = hessian_rows(x, 0, x.cols);
  mirror_upper(h.view());
  return h;
}

float diagonal_normaliser(ConstMatrixView h) {
  const double mean = mean_diagonal(h);
  return static_cast<float>(mean > 0 ? 1 / mean : 0);
}

Matrix hessian_rows(ConstMatrixView x, std::size_t first, std::size_t count) {
  Matrix rows(count, x.cols - first);
  add_gram_upper(rows.view(), x.block(0, first, x.rows, x.cols - first));
  scale_to_mean(rows, x.rows);
  return rows;
}

DampedHessian::DampedHessian(Matrix h, double damping, bool descending_diagonal)
    : h_(std::move(h)), order_(h_.rows()), next_(damping) {
  if (!(damping > 0 && damping <= 1)) {
    throw EngineError(ErrorCode::invalid_argument,
                      "damping must be above 0 and at most 1, not " + number_text(damping));
  }
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  for (std::size_t i = 0; i < h_.rows(); ++i) {
    if (h_(i, i) == 0) {
      dead_.push_back(i);
      h_(i, i) = 1;
    }
  }
  if (descending_diagonal) {
    const auto before = [&](std::size_t a, std::size_t b) {
      return h_(a, a) > h_(b, b) || (!(h_(b, b) > h_(a, a)) && a < b);
    };
    // The order is strict, so that any way of sorting gives the same; a heap is the least code.
    std::make_heap(order_.begin(), order_.end(), before);
    std::sort_heap(order_.begin(), order_.end(), before);
    h_ = permuted(view(), order_);
  }
  mean_ = mean_diagonal(view());
}

void DampedHessian::raise() {
  if (next_ > 10) {
    throw EngineError(ErrorCode::invalid_argument,
                      "calibration has a Hessian that float32 cannot invert, even with its diagonal doubled");
  }
  damping_ = std::min(next_, 1.0);
  const double wanted = damping_ * mean_;
  for (std::size_t i = 0; i < h_.rows(); ++i) h_(i, i) += static_cast<float>(wanted - added_);
  added_ = wanted;
  next_ *= 10;
}

InverseHessian invert_hessian(Matrix h, double damping, bool descending_diagonal) {
  DampedHessian damped(std::move(h), damping, descending_diagonal);
  InverseHessian inverse;
  while (inverse.factor.rows() == 0) {
    damped.raise();
    inverse.factor = inverse_factor(damped.view());
  }
  inverse.order = damped.order();
  inverse.dead = damped.dead();
  inverse.damping = damped.damping();
  return inverse;
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
