#include "engine/compress_layer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/formats/format.h"
#include "engine/formats/registry.h"
#include "engine/number_text.h"
#include "engine/prune/semi_structured.h"
#include "engine/prune/sparsegpt.h"
#include "engine/prune/sparsity.h"
#include "engine/prune/wanda.h"
#include "engine/quantize/aqlm.h"
#include "engine/quantize/awq.h"
#include "engine/quantize/format_grid.h"
#include "engine/quantize/gptq.h"
#include "engine/quantize/gptq_steps.h"
#include "engine/quantize/group_rounding.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/int8_product.h"
#include "engine/quantize/llm_int8.h"
#include "engine/quantize/quip.h"
#include "engine/quantize/smoothquant.h"
#include "engine/sweep_rows.h"
#include "engine/tensor/columns.h"
#include "engine/tensor/matrix_product.h"

namespace compression {
namespace {

constexpr double fp16_bits = 16;

/// Numbers of another type, as a trace has them.
std::vector<double> doubles(const auto& values) {
  return {values.begin(), values.end()};
}

/// Gives a layer its weights, with their errors where they are wanted, for methods that leave the activations
/// as they are.
void set_weights(const Layer& layer, const Recipe& recipe, Matrix weights, CompressedLayer& result) {
  const ConstMatrixView view = std::as_const(weights).view();
  if (recipe.measured) {
    result.calibration_error = relative_output_error(layer.weights, view, layer.calibration);
    if (layer.held_out.rows > 0) {
      result.held_out_error = relative_output_error(layer.weights, view, layer.held_out);
    }
  }
  result.weights = std::move(weights).release();
}

CompressedLayer with_weights(const Layer& layer, const Recipe& recipe, Matrix weights) {
  CompressedLayer result;
  set_weights(layer, recipe, std::move(weights), result);
  return result;
}

/// ‖W xᵀ − output‖ / ‖W xᵀ‖ for outputs [tokens, out].
double output_error(ConstMatrixView weights, ConstMatrixView x, const Matrix& output) {
  Matrix exact(x.rows, weights.rows);
  add_product(exact.view(), x, weights.transposed());
  return relative_difference(std::as_const(exact).view(), output.view());
}

CompressedLayer run_rtn(const Layer& layer, const Recipe& recipe, const Progress&) {
  const Matrix weights = copy(layer.weights);
  const PackOptions options = pack_options(layer.weights.rows, layer.weights.cols, recipe);
  Packed packed = pack(weights.values(), options);
  Matrix approximation(weights.rows(), weights.cols());
  std::ranges::copy(unpack(packed.bytes, packed.spec), approximation.values().begin());
  CompressedLayer result = with_weights(layer, recipe, std::move(approximation));
  result.bits_per_weight = packed.bits_per_weight();
  result.packed = std::move(packed);
  return result;
}

/// GPTQ of the weights with AWQ's scales in them, which are undone again; the grid's codes are those of the
/// scaled weights.
GptqResult scaled_gptq(const Layer& layer, const Recipe& recipe, const Grid& grid, const GptqOptions& options,
                       AwqScales& search, const Progress& progress, const SweepObserver& observer) {
  search = awq_scales(layer, grid,
                      {.group = options.group,
                       .alphas = recipe.alphas,
                       .alpha = recipe.alpha,
                       .search_tokens = recipe.search_tokens},
                      part_of(progress, 0, 0.5));
  const Matrix weights = columns_times(layer.weights, search.scales);
  const Matrix calibration = columns_over(layer.calibration, search.scales);
  GptqResult found =
      gptq(weights.view(), hessian(calibration.view()), grid, options, part_of(progress, 0.5, 1), observer);
  found.grid.weights = columns_over(std::as_const(found.grid.weights).view(), search.scales);
  return found;
}

/// Numbers that a trace of steps may hold.
constexpr double most_steps = 1 << 22;

void require_few_steps(double numbers) {
  if (numbers <= most_steps) return;
  throw EngineError(ErrorCode::invalid_argument, "steps must be at most " + number_text(most_steps) +
                                                     " numbers, not " + number_text(numbers) +
                                                     ": give a smaller layer");
}

/// What a sweep keeps for the trace: the weights after each block.
SweepObserver recorder(const Layer& layer, std::size_t block, std::vector<Matrix>& states) {
  const auto inputs = static_cast<double>(layer.weights.cols);
  const double blocks = std::ceil(inputs / static_cast<double>(std::max(block, std::size_t{1})));
  require_few_steps(inputs * (blocks * static_cast<double>(layer.weights.rows) + inputs));
  return [&states](ConstMatrixView weights, std::size_t) { states.push_back(copy(weights)); };
}

/// How many levels the trace shows: those of rows that are one group each, of integers.
double shown_levels(const Layer& layer, const PackOptions& options) {
  if (has_fixed_blocks(options) || grid_group(options) != 0) return 0;
  return static_cast<double>(layer.weights.rows) * std::exp2(find_format(options.format).code_bits);
}

/// Every value of each output's grid, [out, 2^bits], where a row of an integer format shares one.
std::vector<double> row_levels(const GridWeights& weights, int bits) {
  const Matrix& scales = weights.parameters[0];
  const Matrix& zeros = weights.parameters[1];
  std::vector<double> levels;
  for (std::size_t i = 0; i < scales.rows(); ++i) {
    for (int code = 0; code < 1 << bits; ++code) {
      levels.push_back((static_cast<float>(code) - zeros(i, 0)) * scales(i, 0));
    }
  }
  return levels;
}

/// What a sweep did, block by block, and what rounding to nearest would have come to.
void add_steps(const Layer& layer, const GptqPlan& plan, const GridWeights& weights, const Matrix& factor,
               const SweepStates& states, CompressedLayer& result) {
  std::vector<double> steps;
  for (const Matrix& state : states.weights) {
    steps.insert(steps.end(), state.values().begin(), state.values().end());
  }
  result.add("steps", std::move(steps));
  result.add("factor", doubles(factor.values()));
  const GridWeights nearest = round_to_nearest(layer.weights, *plan.grid, plan.options.group);
  StepErrors errors = step_errors(layer, states, nearest.weights.view());
  result.add("stepErrors", std::move(errors.gptq));
  result.add("nearestErrors", std::move(errors.nearest));
  if (errors.nearest_held_out) result.add("nearestHeldOutError", {*errors.nearest_held_out});
  if (shown_levels(layer, plan.packing) > 0) {
    result.add("levels", row_levels(weights, find_format(plan.packing.format).code_bits));
  }
}

/// The largest magnitudes of each input's activations and weights, before scales move and after.
void add_maxima(const Layer& layer, std::span<const float> scales, CompressedLayer& result) {
  result.add("activationMaxima", column_maxima(layer.calibration));
  result.add("weightMaxima", column_maxima(layer.weights));
  const Matrix activations = columns_over(layer.calibration, scales);
  result.add("scaledActivationMaxima", column_maxima(activations.view()));
  result.add("scaledWeightMaxima", column_maxima(columns_times(layer.weights, scales).view()));
}

CompressedLayer run_gptq(const Layer& layer, const Recipe& recipe, const Progress& progress) {
  const GptqPlan plan = plan_gptq(layer.weights.rows, layer.weights.cols, recipe);
  std::vector<Matrix> states;
  if (recipe.steps) require_few_steps(shown_levels(layer, plan.packing));
  const SweepObserver observer = recipe.steps ? recorder(layer, recipe.block, states) : SweepObserver();
  AwqScales search;
  GptqResult found =
      recipe.scale_inputs
          ? scaled_gptq(layer, recipe, *plan.grid, plan.options, search, progress, observer)
          : gptq(layer.weights, hessian(layer.calibration), *plan.grid, plan.options, progress, observer);
  SweptRows rows{.grid = std::move(found.grid), .mask = {}, .losses = std::move(found.losses)};
  CompressedLayer result = store_rows(rows, layer.weights.rows, found.order, found.damping, recipe);
  if (recipe.steps) {
    add_steps(layer, plan, rows.grid, found.factor, {states, found.order, recipe.block, search.scales},
              result);
  }
  set_weights(layer, recipe, std::move(rows.grid.weights), result);
  if (recipe.scale_inputs) {
    result.add("alphaLoss", std::move(search.loss));
    result.add("alpha", {search.alpha});
    result.input_scales = std::move(search.scales);
  }
  return result;
}

CompressedLayer run_awq(const Layer& layer, const Recipe& recipe, const Progress& progress) {
  const PackOptions options = pack_options(layer.weights.rows, layer.weights.cols, recipe);
  AwqResult found = awq(layer, *format_grid(options, GridRange::tight),
                        {.group = grid_group(options),
                         .alphas = recipe.alphas,
                         .alpha = recipe.alpha,
                         .clip = recipe.clip,
                         .search_tokens = recipe.search_tokens},
                        progress);
  CompressedLayer result = with_weights(layer, recipe, std::move(found.weights));
  result.packed = pack_grid(found.grid, options);
  result.bits_per_weight = result.packed->bits_per_weight();
  result.input_scales = std::move(found.search.scales);
  result.add("alphaLoss", std::move(found.search.loss));
  result.add("alpha", {found.search.alpha});
  result.add("clippedGroups", {static_cast<double>(found.clipped)});
  add_maxima(layer, result.input_scales, result);
  return result;
}

CompressedLayer run_smoothquant(const Layer& layer, const Recipe& recipe, const Progress&) {
  SmoothQuantOptions options{.smooth = recipe.smooth, .per_tensor = recipe.per_tensor};
  options.alpha = recipe.alpha.value_or(options.alpha);
  SmoothedLayer smoothed = smoothquant(layer, options);
  CompressedLayer result;
  const auto error = [&](ConstMatrixView x) {
    return output_error(layer.weights, x, smoothed_output(layer.weights, smoothed, x));
  };
  result.calibration_error = error(layer.calibration);
  if (layer.held_out.rows > 0) result.held_out_error = error(layer.held_out);
  // One fp16 scale a row.
  result.bits_per_weight = 8 + fp16_bits / static_cast<double>(layer.weights.cols);
  result.add("activationScale", {smoothed.activation_scale});
  result.weights = std::move(smoothed.weights).release();
  result.input_scales = std::move(smoothed.scales);
  add_maxima(layer, result.input_scales, result);
  return result;
}

CompressedLayer run_llm_int8(const Layer& layer, const Recipe& recipe, const Progress&) {
  const LlmInt8Product product = llm_int8_product(layer.weights, layer.calibration, recipe.threshold);
  CompressedLayer result;
  result.calibration_error = output_error(layer.weights, layer.calibration, product.output);
  if (layer.held_out.rows > 0) {
    result.held_out_error =
        output_error(layer.weights, layer.held_out,
                     llm_int8_product(layer.weights, layer.held_out, recipe.threshold).output);
  }
  result.weights = dequantize(quantize_rows(layer.weights, false)).release();
  result.bits_per_weight = 8 + fp16_bits / static_cast<double>(layer.weights.cols);
  result.add("outlierInputs", doubles(product.outlier_inputs));
  return result;
}

CompressedLayer run_quip(const Layer& layer, const Recipe& recipe, const Progress& progress) {
  QuipResult found =
      quip(layer.weights, hessian(layer.calibration).view(),
           {.tuning_passes = recipe.tuning_passes, .damping = recipe.damping, .seed = recipe.seed}, progress);
  CompressedLayer result = with_weights(layer, recipe, std::move(found.weights));
  result.bits_per_weight = found.packed.bits_per_weight();
  result.packed = std::move(found.packed);
  result.add("loss", {found.nearest_loss, found.ldlq_loss, found.tuned_loss});
  result.add("peak", {found.peak_before, found.peak_after});
  if (recipe.steps) {
    require_few_steps(static_cast<double>(found.turned.values().size()));
    result.add("turned", doubles(found.turned.values()));
  }
  return result;
}

CompressedLayer run_aqlm(const Layer& layer, const Recipe& recipe, const Progress& progress) {
  AqlmResult found = calibrated_aqlm(layer.weights, hessian(layer.calibration).view(),
                                     {.codebooks = recipe.codebooks,
                                      .code_bits = recipe.code_bits,
                                      .vector_length = recipe.vector_length,
                                      .rounds = recipe.rounds,
                                      .beams = recipe.beams,
                                      .seed = recipe.seed,
                                      .scales = recipe.scales},
                                     progress);
  CompressedLayer result = with_weights(layer, recipe, std::move(found.weights));
  result.bits_per_weight = found.bits_per_weight;
  result.packed = std::move(found.packed);
  result.add("loss", std::move(found.losses));
  return result;
}

CompressedLayer pruned(const Layer& layer, const Recipe& recipe, Mask mask) {
  CompressedLayer result = with_weights(layer, recipe, masked(layer.weights, mask));
  result.bits_per_weight = pruned_bits(recipe.sparsity, mask);
  result.mask = std::move(mask);
  return result;
}

CompressedLayer run_magnitude(const Layer& layer, const Recipe& recipe, const Progress&) {
  return pruned(layer, recipe, magnitude_prune_mask(layer.weights, recipe.sparsity));
}

CompressedLayer run_wanda(const Layer& layer, const Recipe& recipe, const Progress&) {
  const std::vector<double> norms = input_norms(layer.calibration);
  CompressedLayer result = pruned(layer, recipe, wanda_mask(layer.weights, norms, recipe.sparsity));
  result.add("inputNorms", norms);
  return result;
}

CompressedLayer run_sparsegpt(const Layer& layer, const Recipe& recipe, const Progress& progress) {
  const SparseGptPlan plan = plan_sparsegpt(layer.weights.rows, layer.weights.cols, recipe);
  SparseGptResult found = sparsegpt(layer.weights, hessian(layer.calibration), plan.options, progress);
  const double damping = found.damping;
  SweptRows rows = swept_rows(std::move(found));
  CompressedLayer result =
      store_rows(rows, layer.weights.rows, natural_order(layer.weights.cols), damping, recipe);
  result.mask = std::move(rows.mask);
  set_weights(layer, recipe, std::move(rows.grid.weights), result);
  return result;
}

constexpr std::array table = {
    Method{"rtn", "Round to nearest", "EQ 7.3", run_rtn},
    Method{"gptq", "GPTQ", "Frantar et al. 2022", run_gptq},
    Method{"awq", "AWQ", "Lin et al. 2023", run_awq},
    Method{"smoothquant", "SmoothQuant", "Xiao et al. 2022", run_smoothquant},
    Method{"llm_int8", "LLM.int8()", "Dettmers et al. 2022", run_llm_int8},
    Method{"quip", "QuIP#", "Tseng et al. 2024", run_quip},
    Method{"aqlm", "AQLM", "Egiazarian et al. 2024", run_aqlm},
    Method{"magnitude", "Magnitude pruning", "Han et al. 2015", run_magnitude},
    Method{"wanda", "Wanda", "Sun et al. 2023", run_wanda},
    Method{"sparsegpt", "SparseGPT", "Frantar & Alistarh 2023", run_sparsegpt},
};

}  // namespace

std::span<const Method> methods() noexcept {
  return table;
}

CompressedLayer compress_layer(const Layer& layer, const Recipe& recipe, const Progress& progress) {
  std::string known;
  for (const Method& method : table) {
    if (method.id == recipe.method) {
      require_layer(layer);
      return method.run(layer, recipe, progress);
    }
    known.append(known.empty() ? "" : ", ").append(method.id);
  }
  throw EngineError(ErrorCode::invalid_argument,
                    "method must be one of " + known + ", not \"" + recipe.method + "\"");
}

}  // namespace compression
