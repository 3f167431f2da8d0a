/// How much of a layer is pruned, and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/tensor/matrix.h"

namespace compression {

/// Either a share of the weights, or n:m: of every m neighbours in a row n are kept (Mishra et al.,
/// "Accelerating Sparse Deep Neural Networks" (2021), for 2:4).
struct Sparsity {
  double share = 0.5;    // of the weights that become zero, 0…1; means nothing to n:m
  std::size_t kept = 0;  // n
  std::size_t of = 0;    // m; 0: unstructured

  [[nodiscard]] bool structured() const noexcept { return of != 0; }
};

/// Throws EngineError(invalid_argument) unless the share is within 0 and 1, and n:m has n < m, m at most 64
/// and a divisor of `inputs`.
void require_sparsity(const Sparsity& sparsity, std::size_t inputs);

/// Which weights are kept, [out, in]: 1 where one is, 0 where it is pruned.
using Mask = std::vector<std::uint8_t>;

/// Which of m ≤ 64 neighbours have the `count` lowest scores, bit i for neighbour i; of equal ones the first.
std::uint64_t lowest_scores(std::span<const double> scores, std::size_t count) noexcept;

/// Weights [out, in] where the mask keeps them, 0 elsewhere.
Matrix masked(ConstMatrixView weights, const Mask& mask);

/// The share of zeros in a mask.
double pruned_share(const Mask& mask);

}  // namespace compression
