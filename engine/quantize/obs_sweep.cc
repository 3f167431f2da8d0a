#include "engine/quantize/obs_sweep.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "engine/error.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/fixed_order_sum.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/matrix_product.h"

namespace compression {
namespace {

using Errors = std::array<float, outputs_at_once>;

/// errors = (before − after) / pivot; Σ errors² / 2.
double scaled_errors(std::span<const float> before, std::span<const float> after, float pivot,
                     Errors& errors) {
  for (std::size_t j = 0; j < before.size(); ++j) errors[j] = (before[j] - after[j]) / pivot;
  return fixed_order_sum(before.size(), [&](std::size_t j) {
    const double error = errors[j];
    return error * error / 2;
  });
}

/// Later inputs of the block answer: row k of the weights −= errors × factor(k).
void compensate(const Errors& errors, std::span<const float> factors, MatrixView weights) {
  for (std::size_t k = 0; k < factors.size(); ++k) {
    const Floats factor(factors[k]);
    const std::span<float> row = weights.row(k);
    std::size_t j = 0;
    for (; j + Floats::size <= row.size(); j += Floats::size) {
      const Floats change = Floats::load_unaligned(&errors[j]) * factor;
      (Floats::load_unaligned(&row[j]) - change).store_unaligned(&row[j]);
    }
    for (; j < row.size(); ++j) row[j] -= errors[j] * factors[k];
  }
}

void copy_rows(ConstMatrixView source, MatrixView target) {
  for (std::size_t i = 0; i < source.rows; ++i) std::copy_n(&source(i, 0), source.cols, &target(i, 0));
}

/// One block for some outputs: the weights become final, and `errors` [inputs of the block, outputs] what the
/// later blocks have to answer.
void sweep_block(const BlockWeights& block, ConstMatrixView factor, SweepRule& rule, MatrixView all_errors,
                 std::span<double> losses) {
  const MatrixView weights = block.weights;
  std::array<float, outputs_at_once> chosen_values{};
  const std::span<float> chosen = std::span(chosen_values).first(weights.cols);
  Errors errors{};
  for (std::size_t i = 0; i < weights.rows; ++i) {
    rule.choose(block, i, chosen);
    losses[i] = scaled_errors(weights.row(i), chosen, factor(i, i), errors);
    std::copy(chosen.begin(), chosen.end(), weights.row(i).begin());
    std::copy_n(errors.begin(), weights.cols, all_errors.row(i).begin());
    const std::size_t rest = weights.rows - i - 1;
    if (rest > 0) {
      compensate(errors, {&factor(i, i + 1), rest}, weights.block(i + 1, 0, rest, weights.cols));
    }
  }
}

void require_in_range(ConstMatrixView weights) {
  for (std::size_t i = 0; i < weights.rows; ++i) {
    if (largest_magnitude_bits({&weights(i, 0), weights.cols}) >= infinity_bits) {
      throw EngineError(ErrorCode::overflow,
                        "weights grow beyond the largest float32 while they make errors good; raise damping");
    }
  }
}

}  // namespace

std::vector<double> obs_sweep(MatrixView weights, ConstMatrixView inverse_factor, std::size_t block,
                              SweepRule& rule, const Progress& progress) {
  if (block == 0) throw EngineError(ErrorCode::invalid_argument, "block must be at least 1, not 0");
  const std::size_t inputs = weights.rows;
  const std::size_t outputs = weights.cols;
  std::vector<double> losses((outputs + outputs_at_once - 1) / outputs_at_once * inputs);
  // Columns of a tall matrix alias in the cache: a block is worked on in memory of its own.
  Matrix local(std::min(block, inputs), std::min(outputs_at_once, outputs));
  Matrix errors(std::min(block, inputs), outputs);
  for (std::size_t first = 0; first < inputs; first += block) {
    const std::size_t count = std::min(block, inputs - first);
    require_in_range(weights.block(first, 0, count, outputs));
    rule.begin_block(weights, first, count);
    for (std::size_t left = 0; left < outputs; left += outputs_at_once) {
      const std::size_t width = std::min(outputs_at_once, outputs - left);
      const MatrixView place = weights.block(first, left, count, width);
      const MatrixView work = local.view().block(0, 0, count, width);
      copy_rows(place, work);
      sweep_block({first, left, work}, inverse_factor.block(first, first, count, count), rule,
                  errors.view().block(0, left, count, width),
                  std::span(losses).subspan(left / outputs_at_once * inputs + first, count));
      copy_rows(work, place);
    }
    const std::size_t done = first + count;
    subtract_product(weights.block(done, 0, inputs - done, outputs),
                     inverse_factor.block(first, done, count, inputs - done).transposed(),
                     errors.view().block(0, 0, count, outputs));
    rule.end_block(weights, done);
    report(progress, static_cast<double>(done) / static_cast<double>(inputs));
  }
  return losses;
}

}  // namespace compression
