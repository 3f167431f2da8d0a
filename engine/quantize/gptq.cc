#include "engine/quantize/gptq.h"

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "engine/quantize/obs_sweep.h"

namespace compression {
namespace {

/// Rounds each input's weights to the grid of its group.
class RoundingRule : public SweepRule {
 public:
  RoundingRule(GroupRounding& rounding, const SweepObserver& observer)
      : rounding_(rounding), observer_(observer) {}

  void begin_block(ConstMatrixView weights, std::size_t first, std::size_t count) override {
    rounding_.fit_groups(weights, first, count);
  }

  void choose(const BlockWeights& block, std::size_t index, std::span<float> chosen) override {
    rounding_.round(block.first_input + index, block.first_output, block.weights.row(index), chosen);
  }

  void end_block(ConstMatrixView weights, std::size_t done) override {
    if (observer_) observer_(weights, done);
  }

 private:
  GroupRounding& rounding_;
  const SweepObserver& observer_;
};

}  // namespace

GptqResult gptq(ConstMatrixView weights, InverseHessian inverse, const Grid& grid, const GptqOptions& options,
                const Progress& progress, const SweepObserver& observer) {
  Matrix swept = weights_by_place(weights, inverse);
  GroupRounding rounding(grid, options.group, inverse.order, weights.rows);
  if (options.static_groups) rounding.fit_static_groups(live_weights(weights, inverse).view());
  RoundingRule rule(rounding, observer);
  const std::vector<double> swept_losses =
      obs_sweep(swept.view(), inverse.factor.view(), options.block, rule, progress);
  std::vector<double> losses(swept_losses.size());
  for (std::size_t strip = 0; strip < losses.size(); strip += weights.cols) {
    for (std::size_t i = 0; i < weights.cols; ++i) losses[strip + inverse.order[i]] = swept_losses[strip + i];
  }
  return {.grid = rounding.gather(swept.view()),
          .losses = std::move(losses),
          .order = std::move(inverse.order),
          .damping = inverse.damping,
          .factor = std::move(inverse.factor)};
}

GptqResult gptq(ConstMatrixView weights, Matrix h, const Grid& grid, const GptqOptions& options,
                const Progress& progress, const SweepObserver& observer) {
  return gptq(weights, invert_hessian(std::move(h), options.damping, options.activation_order), grid, options,
              progress, observer);
}

}  // namespace compression
