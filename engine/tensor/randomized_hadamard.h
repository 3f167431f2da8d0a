/// Incoherence: random signs, then a Hadamard transform, after which no number stands out.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/tensor/hadamard.h"
#include "engine/tensor/random.h"

namespace compression {

/// `count` signs, each +1 or −1: +1 where the generator's next uniform number is below 1/2.
std::vector<float> random_signs(std::size_t count, Random& random);

/// The random orthogonal matrix T = H diag(signs) of Tseng et al. 2024 (QuIP#), section 3, for vectors of any
/// length.
///
/// A length that has no Hadamard transform is cut into pieces that have one, the longest first: 10000 = 9984
/// + 16, 13 = 12 + 1. H is then block-diagonal; it is orthonormal all the same, and no numbers are added.
///
/// For weights W [out, in] and activations x [in], with T_out and T_in of these lengths, the weights become
/// T_out W T_inᵀ and a Hessian H [in, in] becomes T_in H T_inᵀ; tr(W H Wᵀ) stays what it was.
class RandomizedHadamard {
 public:
  /// `signs` [length], each +1 or −1.
  explicit RandomizedHadamard(std::vector<float> signs);

  /// values ← T values, where values is a matrix [length, any width], row-major.
  void apply(std::span<float> values) const;
  /// values ← Tᵀ values: undoes apply up to rounding.
  void undo(std::span<float> values) const;

  /// values ← values Tᵀ, where values is a matrix [any height, length]: every row transformed.
  void apply_to_rows(std::span<float> values) const;
  /// values ← values T: undoes apply_to_rows up to rounding.
  void undo_rows(std::span<float> values) const;

 private:
  void apply_signs(std::span<float> values) const noexcept;

  std::vector<float> signs_;
  std::vector<HadamardTransform> pieces_;
};

}  // namespace compression
