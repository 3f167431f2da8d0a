/// Pruning by a score of each weight, without changing the weights that stay: magnitude and Wanda.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/prune/sparsity.h"
#include "engine/tensor/matrix.h"

namespace compression {

/// Prunes the weights of smallest magnitude: of the whole layer where the share is given, of every m
/// neighbours for n:m (Han et al., "Learning both Weights and Connections" (2015)). Of equal ones the first
/// go.
Mask magnitude_prune_mask(ConstMatrixView weights, const Sparsity& sparsity);

/// Prunes the weights of smallest |w| ‖x‖₂: of each row the share, rounded down, or of every m neighbours
/// (Sun et al., "A Simple and Effective Pruning Approach for Large Language Models" (2023)). `norms` [in]: of
/// the activations of each input, up to a common factor.
Mask wanda_mask(ConstMatrixView weights, std::span<const double> norms, const Sparsity& sparsity);

struct PrunedRow {
  Mask mask;       // [in]
  double sum = 0;  // of the weights that are kept: what the row answers where every input is 1
};

/// Prunes one row as wanda_mask does. Throws EngineError(invalid_argument) for a share outside 0…1, for no
/// weights, or norms that are not as many as the weights or below 0, EngineError(non_finite) for NaN and
/// infinity.
PrunedRow wanda_row(std::span<const float> weights, std::span<const double> norms, double share);

/// ‖x_j‖₂ of every input over the tokens of x [tokens, in], squares summed in double.
std::vector<double> input_norms(ConstMatrixView x);

}  // namespace compression
