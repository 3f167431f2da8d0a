/// GPTQ: Frantar, Ashkboos, Hoefler & Alistarh, "GPTQ: Accurate Post-Training Quantization for Generative
/// Pre-trained Transformers" (2022), sections 3 and 4.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "engine/quantize/grid.h"
#include "engine/quantize/group_rounding.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/layer.h"
#include "engine/tensor/matrix.h"

namespace compression {

struct GptqOptions {
  std::size_t group = 0;          // inputs under one scale; 0: all of a row
  bool static_groups = false;     // scales of all groups from the weights as they were given, dead ones as 0
  bool activation_order = false;  // inputs of the largest activations first
  double damping = 0.01;          // share of the mean of H's diagonal, above 0 and at most 1
  std::size_t block = 128;        // inputs done before the others hear of it, at least 1
};

struct GptqResult {
  GridWeights grid;
  std::vector<double> losses;      // [strips of outputs, in]: what each input's rounding cost (obs_sweep.h)
  std::vector<std::size_t> order;  // [in]: inputs in the order in which they were done
  double damping = 0;              // what it took to invert H
  Matrix factor;                   // [in, in]: u of the sweep, inputs in that order
};

/// Called after each block with all weights [in, out], inputs in the order of the sweep; those of the first
/// `done` inputs are final.
using SweepObserver = std::function<void(ConstMatrixView weights, std::size_t done)>;

/// Quantizes weights [out, in], all of a layer's or any rows of them, for the inverse of its Hessian. Weights
/// of dead inputs (zero on the diagonal of h) become the value next to 0. Without `static_groups` a group is
/// `group` inputs in the order of the sweep, and its scale is fitted when the sweep reaches its block, to
/// weights that know of all blocks before.
///
/// Follows the authors' code in float32, except that u comes from one factorisation (cholesky.h). Throws
/// EngineError(invalid_argument) for options outside their bounds, EngineError(overflow) where the weights
/// grow beyond float32.
GptqResult gptq(ConstMatrixView weights, InverseHessian inverse, const Grid& grid, const GptqOptions& options,
                const Progress& progress = {}, const SweepObserver& observer = {});

/// The same for the Hessian h [in, in], inverted by the options.
GptqResult gptq(ConstMatrixView weights, Matrix h, const Grid& grid, const GptqOptions& options,
                const Progress& progress = {}, const SweepObserver& observer = {});

}  // namespace compression
