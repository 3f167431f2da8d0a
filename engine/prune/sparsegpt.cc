#include "engine/prune/sparsegpt.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/quantize/obs_sweep.h"

namespace compression {
namespace {

/// Zeroes the weights of low saliency, and rounds the others where there is a grid.
class PruningRule : public SweepRule {
 public:
  PruningRule(const Sparsity& sparsity, ConstMatrixView factor, std::size_t outputs, GroupRounding* rounding)
      : sparsity_(sparsity),
        factor_(factor),
        outputs_(outputs),
        rounding_(rounding),
        kept_(factor.rows * outputs, 1) {}

  void begin_block(ConstMatrixView weights, std::size_t first, std::size_t count) override {
    if (rounding_ != nullptr) rounding_->fit_groups(weights, first, count);
    if (!sparsity_.structured() && sparsity_.share > 0)
      prune_share(weights.block(first, 0, count, outputs_), first);
  }

  void choose(const BlockWeights& block, std::size_t index, std::span<float> chosen) override {
    const std::size_t input = block.first_input + index;
    if (sparsity_.structured() && index % sparsity_.of == 0) prune_structured(block, index);
    const std::span<const float> weights = block.weights.row(index);
    const std::uint8_t* const kept = &kept_[input * outputs_ + block.first_output];
    for (std::size_t j = 0; j < chosen.size(); ++j) chosen[j] = kept[j] != 0 ? weights[j] : 0.0f;
    if (rounding_ != nullptr) rounding_->round(input, block.first_output, chosen, chosen);
  }

  /// Which weights are kept, [out, in].
  [[nodiscard]] Mask mask() const {
    Mask mask(kept_.size());
    const std::size_t inputs = kept_.size() / outputs_;
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t j = 0; j < outputs_; ++j) mask[j * inputs + i] = kept_[i * outputs_ + j];
    }
    return mask;
  }

 private:
  [[nodiscard]] float score(float weight, std::size_t input) const noexcept {
    const float pivot = factor_(input, input);
    return weight * weight / (pivot * pivot);
  }

  /// Prunes the lowest scores of a block, weights [inputs of the block, out].
  void prune_share(ConstMatrixView weights, std::size_t first) {
    std::vector<float> scores(weights.rows * outputs_);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      scores[i] = score(weights(i / outputs_, i % outputs_), first + i / outputs_);
    }
    std::vector<float> sorted = scores;
    const auto place = static_cast<std::size_t>(sparsity_.share * static_cast<double>(scores.size()));
    const auto threshold = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(place, scores.size() - 1));
    std::nth_element(sorted.begin(), threshold, sorted.end());
    for (std::size_t i = 0; i < scores.size(); ++i)
      kept_[first * outputs_ + i] = scores[i] <= *threshold ? 0 : 1;
  }

  /// Prunes the m − n lowest scores of m inputs from `index` on, for each output of the block; of equal ones
  /// the first.
  void prune_structured(const BlockWeights& block, std::size_t index) {
    std::array<double, 64> scores{};
    for (std::size_t j = 0; j < block.weights.cols; ++j) {
      for (std::size_t i = 0; i < sparsity_.of; ++i) {
        scores[i] = score(block.weights(index + i, j), block.first_input + index + i);
      }
      const std::uint64_t pruned =
          lowest_scores(std::span(scores).first(sparsity_.of), sparsity_.of - sparsity_.kept);
      for (std::size_t i = 0; i < sparsity_.of; ++i) {
        const std::size_t place = (block.first_input + index + i) * outputs_ + block.first_output + j;
        kept_[place] = (pruned >> i & 1) != 0 ? 0 : 1;
      }
    }
  }

  const Sparsity& sparsity_;
  ConstMatrixView factor_;
  std::size_t outputs_;
  GroupRounding* rounding_;
  std::vector<std::uint8_t> kept_;  // [in, out]
};

void require_options(const SparseGptOptions& options, std::size_t inputs) {
  require_sparsity(options.sparsity, inputs);
  if (options.sparsity.structured() && options.block % options.sparsity.of != 0) {
    throw EngineError(ErrorCode::invalid_argument, "block must be a multiple of the pattern's " +
                                                       std::to_string(options.sparsity.of) + ", not " +
                                                       std::to_string(options.block));
  }
}

}  // namespace

SparseGptResult sparsegpt(ConstMatrixView weights, const InverseHessian& inverse,
                          const SparseGptOptions& options, const Progress& progress) {
  require_options(options, weights.cols);
  Matrix swept = weights_by_place(weights, inverse);
  std::optional<GroupRounding> rounding;
  if (options.grid != nullptr) rounding.emplace(*options.grid, options.group, inverse.order, weights.rows);
  PruningRule rule(options.sparsity, inverse.factor.view(), weights.rows, rounding ? &*rounding : nullptr);
  SparseGptResult result;
  result.losses = obs_sweep(swept.view(), inverse.factor.view(), options.block, rule, progress);
  result.mask = rule.mask();
  result.damping = inverse.damping;
  if (rounding) result.grid = rounding->gather(swept.view());
  result.weights = in_layer_order(swept.view(), inverse.order);
  return result;
}

SparseGptResult sparsegpt(ConstMatrixView weights, Matrix h, const SparseGptOptions& options,
                          const Progress& progress) {
  require_options(options, weights.cols);
  return sparsegpt(weights, invert_hessian(std::move(h), options.damping, false), options, progress);
}

}  // namespace compression
