/// The methods whose rows do not hear of each other once the Hessian is inverted: gptq without scale_inputs,
/// sparsegpt with n:m. What they do with any rows of a layer is what compress_layer does with all of them,
/// bit for bit, so that rows can be cut over workers.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "engine/compressed_layer.h"
#include "engine/prune/sparsegpt.h"
#include "engine/prune/sparsity.h"
#include "engine/quantize/gptq.h"
#include "engine/quantize/grid.h"
#include "engine/quantize/group_rounding.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/layer.h"
#include "engine/quantize/obs_sweep.h"
#include "engine/recipe.h"
#include "engine/tensor/cholesky.h"

namespace compression {

/// What a recipe means to gptq for a layer of some size.
struct GptqPlan {
  PackOptions packing;
  std::unique_ptr<const Grid> grid;
  GptqOptions options;
  bool scattered = false;  // members of a group are not neighbours, and no format says where they are
};

/// Errors: invalid_argument and unknown_format, for options.
GptqPlan plan_gptq(std::size_t outputs, std::size_t inputs, const Recipe& recipe);

/// What a recipe means to sparsegpt for a layer of some size.
struct SparseGptPlan {
  PackOptions packing;
  std::unique_ptr<const Grid> grid;  // none: the weights that stay are fp16
  SparseGptOptions options;
};

/// Errors: invalid_argument and unknown_format, for options.
SparseGptPlan plan_sparsegpt(std::size_t outputs, std::size_t inputs, const Recipe& recipe);

/// Parts of a layer, and of its Hessian, begin with a multiple of so many rows.
inline constexpr std::size_t part_length = outputs_at_once;
static_assert(part_length % cholesky_block == 0);

/// What a sweep makes of rows.
struct SweptRows {
  GridWeights grid;            // sparsegpt without a format has weights alone
  Mask mask;                   // of sparsegpt
  std::vector<double> losses;  // [strips of outputs, in] (obs_sweep.h)
};

/// Sweeps over rows [rows, in] of a layer, for the inverse of its Hessian. Where parts begin with a multiple
/// of part_length, their answers one after another are that of all rows. Errors: non_finite, and those of
/// gptq, sparsegpt and of the plans.
SweptRows sweep_rows(ConstMatrixView weights, InverseHessian inverse, const Recipe& recipe,
                     const Progress& progress = {});

SweptRows swept_rows(SparseGptResult found);

/// What compress_layer answers for all rows of a layer [outputs, order.size()], but for what the rows say
/// themselves, weights and mask, and for the errors. `order` and `damping` are those of the inverse.
CompressedLayer store_rows(const SweptRows& rows, std::size_t outputs, std::span<const std::size_t> order,
                           double damping, const Recipe& recipe);

}  // namespace compression
