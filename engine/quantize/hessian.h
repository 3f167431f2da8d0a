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

/// What brings the mean of h's diagonal to 1 when h is multiplied by it; 0 where the diagonal is zero.
float diagonal_normaliser(ConstMatrixView h);

/// What a sweep over the inputs needs of H.
struct InverseHessian {
  Matrix factor;                   // upper triangular u with uᵀ u = (H + damping I)⁻¹, inputs in `order`
  std::vector<std::size_t> order;  // order[i]: the input that stands at place i
  std::vector<std::size_t> dead;   // inputs that are always 0: their weights do not matter
  double damping = 0;              // what was added to the diagonal, as a share of its mean
};

/// Inverts a damped H. Inputs whose diagonal element is 0 are dead: they get a 1 there. `damping` (> 0) times
/// the mean of the diagonal is added to it, ten times as much after each failure to factorise. Throws
/// EngineError(invalid_argument) for a damping that is not above 0 and at most 1, or where 1 does not
/// suffice.
InverseHessian invert_hessian(Matrix h, double damping, bool descending_diagonal);

/// Weights [out, in] as [in, out], those of dead inputs zero.
Matrix live_weights(ConstMatrixView weights, const InverseHessian& inverse);

/// The same as a sweep takes them, [places, out].
Matrix weights_by_place(ConstMatrixView weights, const InverseHessian& inverse);

}  // namespace compression
