/// The Hadamard transform: a rotation that spreads every number over all others, in O(n log n) additions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace compression {

/// Multiplication by an orthonormal Hadamard matrix of one length n = K × 2^p, K one of hadamard_orders:
/// H = (H_K ⊗ W_2 ⊗ … ⊗ W_2) / √n with W_2 = [1 1; 1 −1] (the natural, "Hadamard" order) and the H_K of
/// hadamard_matrix.h. All arithmetic is float32 in a fixed order: W_2 from the nearest neighbours to the
/// farthest, then H_K from its first column to its last, then the factor 1/√n.
class HadamardTransform {
 public:
  /// Throws EngineError(invalid_argument) where no such transform has this length.
  explicit HadamardTransform(std::size_t length);

  [[nodiscard]] std::size_t length() const noexcept { return length_; }

  /// values ← H values, where values is a matrix [length, any width], row-major.
  void apply(std::span<float> values) const;

  /// values ← Hᵀ values: undoes apply up to rounding.
  void undo(std::span<float> values) const;

  /// The longest length that has a transform and is at most `length` ≥ 1: more than 4/5 of it.
  static std::size_t longest_within(std::size_t length) noexcept;

 private:
  void multiply(std::span<float> values, std::span<const float> signs) const;

  std::size_t length_;
  std::size_t order_;              // K
  std::vector<float> matrix_;      // [K, K], H_K
  std::vector<float> transposed_;  // [K, K]
};

}  // namespace compression
