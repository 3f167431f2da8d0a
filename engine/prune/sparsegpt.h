/// SparseGPT: Frantar & Alistarh, "SparseGPT: Massive Language Models Can Be Accurately Pruned in One-Shot"
/// (2023), algorithm 1.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "engine/prune/sparsity.h"
#include "engine/quantize/grid.h"
#include "engine/quantize/group_rounding.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/layer.h"
#include "engine/tensor/matrix.h"

namespace compression {

struct SparseGptOptions {
  Sparsity sparsity;
  const Grid* grid = nullptr;  // weights that stay are rounded to it, if there is one
  std::size_t group = 0;       // inputs under one scale of the grid; 0: all of a row
  double damping = 0.01;       // share of the mean of H's diagonal, above 0 and at most 1
  std::size_t block = 128;     // inputs whose masks are chosen together; a multiple of m for n:m
};

struct SparseGptResult {
  Matrix weights;  // [out, in]
  Mask mask;
  std::optional<GridWeights> grid;  // where one was given
  std::vector<double> losses;       // [strips of outputs, in]: what each input's changes cost (obs_sweep.h)
  double damping = 0;               // what it took to invert H
};

/// Prunes weights [out, in] for the inverse of a layer's Hessian; the weights that stay make good what the
/// others leave. With n:m they may be any rows of the layer; a share is one of all its outputs.
///
/// The score of a weight is w² / u_ii², its saliency in what is left of the problem. A share: of all scores
/// of a block's inputs, those up to the one at place ⌊count × share⌋ of their order are pruned, as in the
/// authors' code, so one more than the share says. n:m: the m − n lowest of a row's m neighbours, by the
/// weights as they are when the sweep reaches them. Throws EngineError(invalid_argument) for options outside
/// their bounds, EngineError(overflow) where the weights grow beyond float32.
SparseGptResult sparsegpt(ConstMatrixView weights, const InverseHessian& inverse,
                          const SparseGptOptions& options, const Progress& progress = {});

/// The same for the Hessian h [in, in], inverted by the options.
SparseGptResult sparsegpt(ConstMatrixView weights, Matrix h, const SparseGptOptions& options,
                          const Progress& progress = {});

}  // namespace compression
