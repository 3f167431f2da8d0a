/// The curvature of a layer's output error, which GPTQ, SparseGPT and their kin descend.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/tensor/matrix.h"

namespace compression {

/// H = 2 xᵀ x / tokens of the activations of a layer, gathered batch by batch, [in, in].
///
/// Sums run in float32 in the fixed order of matrix_product.h: what they lose, 2^-24 of each term, is far
/// below the damping that H gets before anything is inverted.
class HessianSum {
 public:
  explicit HessianSum(std::size_t inputs) : sum_(inputs, inputs) {}

  /// Adds the activations of a batch, [tokens, in].
  void add(ConstMatrixView x);

  /// H of all batches, symmetric; zero if there was none.
  [[nodiscard]] Matrix mean() const;

 private:
  Matrix sum_;  // upper triangle
  std::size_t tokens_ = 0;
};

/// H of one batch.
Matrix hessian(ConstMatrixView x);

/// Rows first … first + count − 1 of the upper triangle of that H, from column `first` on: [count, in −
/// first]. What stands below the diagonal is undefined.
Matrix hessian_rows(ConstMatrixView x, std::size_t first, std::size_t count);

/// What brings the mean of h's diagonal to 1 when h is multiplied by it; 0 where the diagonal is zero.
float diagonal_normaliser(ConstMatrixView h);

/// A Hessian on its way to its inverse. Inputs whose diagonal element is 0 are dead: they get a 1 there.
class DampedHessian {
 public:
  /// Damping begins at `damping`. Throws EngineError(invalid_argument) unless it is above 0 and at most 1.
  DampedHessian(Matrix h, double damping, bool descending_diagonal);

  /// Adds damping times the mean of the diagonal to it; ten times as much with each further call, instead of
  /// what was added before. Throws EngineError(invalid_argument) where 1 was not enough.
  void raise();

  [[nodiscard]] ConstMatrixView view() const { return h_.view(); }
  [[nodiscard]] const std::vector<std::size_t>& order() const { return order_; }
  [[nodiscard]] const std::vector<std::size_t>& dead() const { return dead_; }

  /// What was added, as a share of the mean.
  [[nodiscard]] double damping() const { return damping_; }

 private:
  Matrix h_;                        // [in, in], inputs in `order_`
  std::vector<std::size_t> order_;  // order_[i]: the input that stands at place i
  std::vector<std::size_t> dead_;   // inputs that are always 0: their weights do not matter
  double mean_ = 0;                 // of the diagonal
  double damping_ = 0;
  double next_;  // damping of the next call
  double added_ = 0;
};

/// What a sweep over the inputs needs of H.
struct InverseHessian {
  Matrix factor;                   // upper triangular u with uᵀ u = (H + damping I)⁻¹, inputs in `order`
  std::vector<std::size_t> order;  // order[i]: the input that stands at place i
  std::vector<std::size_t> dead;   // inputs that are always 0: their weights do not matter
  double damping = 0;              // what was added to the diagonal, as a share of its mean
};

/// Inverts a damped H, raising its damping after each failure to factorise. Throws as DampedHessian does.
InverseHessian invert_hessian(Matrix h, double damping, bool descending_diagonal);

/// Weights [out, in] as [in, out], those of dead inputs zero.
Matrix live_weights(ConstMatrixView weights, const InverseHessian& inverse);

/// The same as a sweep takes them, [places, out].
Matrix weights_by_place(ConstMatrixView weights, const InverseHessian& inverse);

}  // namespace compression
