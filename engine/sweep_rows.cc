#include "engine/sweep_rows.h"

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/prune/semi_structured.h"
#include "engine/prune/sparse_packed.h"
#include "engine/quantize/format_grid.h"

namespace compression {
namespace {

/// The losses of each input over all strips, in their order.
std::vector<double> sum_of_strips(std::span<const double> losses, std::size_t inputs) {
  std::vector<double> sums(inputs);
  for (std::size_t i = 0; i < losses.size(); ++i) sums[i % inputs] += losses[i];
  return sums;
}

void store_gptq(const SweptRows& rows, const GptqPlan& plan, std::span<const std::size_t> order,
                CompressedLayer& result) {
  Packed packed = pack_grid(rows.grid, plan.packing);
  result.bits_per_weight = packed.bits_per_weight();
  if (plan.scattered) {
    // Members of a group are not neighbours: a 32-bit index an input says which group it is in.
    result.bits_per_weight += 32.0 / static_cast<double>(plan.packing.rows);
  } else {
    result.packed = std::move(packed);
  }
  result.add("order", {order.begin(), order.end()});
}

void store_sparsegpt(const SweptRows& rows, const SparseGptPlan& plan, CompressedLayer& result) {
  const Sparsity& sparsity = plan.options.sparsity;
  if (plan.grid) {
    result.sparse_packed = pack_sparse(pack_grid(rows.grid, plan.packing), rows.mask, sparsity);
    result.bits_per_weight = result.sparse_packed->bits_per_weight();
  } else {
    result.bits_per_weight = pruned_bits(sparsity, rows.mask);
  }
}

}  // namespace

GptqPlan plan_gptq(std::size_t outputs, std::size_t inputs, const Recipe& recipe) {
  GptqPlan plan{.packing = pack_options(outputs, inputs, recipe), .grid = {}, .options = {}};
  plan.grid = format_grid(plan.packing, GridRange::asymmetric);
  const std::size_t group = grid_group(plan.packing);
  plan.scattered = recipe.activation_order && !recipe.static_groups && group != 0;
  if (plan.scattered && has_fixed_blocks(plan.packing)) {
    throw EngineError(ErrorCode::invalid_argument, "activationOrder needs staticGroups in format " +
                                                       plan.packing.format +
                                                       ", whose blocks are neighbours in a row");
  }
  plan.options = {.group = group,
                  .static_groups = recipe.static_groups,
                  .activation_order = recipe.activation_order,
                  .damping = recipe.damping,
                  .block = recipe.block};
  return plan;
}

SparseGptPlan plan_sparsegpt(std::size_t outputs, std::size_t inputs, const Recipe& recipe) {
  SparseGptPlan plan{
      .packing = pack_options(outputs, inputs, recipe),
      .grid = {},
      .options = {.sparsity = recipe.sparsity, .damping = recipe.damping, .block = recipe.block}};
  if (recipe.format.empty()) return plan;
  require_sparse_format(plan.packing.format);
  plan.grid = format_grid(plan.packing, GridRange::asymmetric);
  plan.options.grid = plan.grid.get();
  plan.options.group = grid_group(plan.packing);
  return plan;
}

SweptRows swept_rows(SparseGptResult found) {
  SweptRows rows{.grid = {}, .mask = std::move(found.mask), .losses = std::move(found.losses)};
  if (found.grid) rows.grid = std::move(*found.grid);
  rows.grid.weights = std::move(found.weights);
  return rows;
}

SweptRows sweep_rows(ConstMatrixView weights, InverseHessian inverse, const Recipe& recipe,
                     const Progress& progress) {
  if (recipe.method == "gptq") {
    const GptqPlan plan = plan_gptq(weights.rows, weights.cols, recipe);
    GptqResult found = gptq(weights, std::move(inverse), *plan.grid, plan.options, progress);
    return {.grid = std::move(found.grid), .mask = {}, .losses = std::move(found.losses)};
  }
  const SparseGptPlan plan = plan_sparsegpt(weights.rows, weights.cols, recipe);
  return swept_rows(sparsegpt(weights, inverse, plan.options, progress));
}

CompressedLayer store_rows(const SweptRows& rows, std::size_t outputs, std::span<const std::size_t> order,
                           double damping, const Recipe& recipe) {
  CompressedLayer result;
  result.add("inputLoss", sum_of_strips(rows.losses, order.size()));
  if (recipe.method == "gptq") {
    store_gptq(rows, plan_gptq(outputs, order.size(), recipe), order, result);
  } else {
    store_sparsegpt(rows, plan_sparsegpt(outputs, order.size(), recipe), result);
  }
  result.add("damping", {damping});
  return result;
}

}  // namespace compression
