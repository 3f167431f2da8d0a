#include "engine/prune/wanda.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/number_text.h"
#include "engine/tensor/columns.h"
#include "engine/tensor/magnitude.h"

namespace compression {
namespace {

/// Prunes the `count` lowest of some neighbouring scores; of equal ones the first.
void prune_lowest(std::span<const double> scores, std::size_t count, std::span<std::uint8_t> mask) {
  if (count == 0) return;
  std::vector<std::uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  // With ties broken by place the order is strict, and the same set goes whatever the algorithm.
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    return scores[a] < scores[b] || (!(scores[b] < scores[a]) && a < b);
  };
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count - 1), order.end(),
                   before);
  for (const std::uint32_t i : std::span(order).first(count)) mask[i] = 0;
}

std::size_t rounded_down(double share, std::size_t count) {
  return static_cast<std::size_t>(share * static_cast<double>(count));
}

/// Prunes m − n of every m scores.
void prune_structured(std::span<const double> scores, const Sparsity& sparsity,
                      std::span<std::uint8_t> mask) {
  for (std::size_t first = 0; first < scores.size(); first += sparsity.of) {
    const std::uint64_t pruned =
        lowest_scores(scores.subspan(first, sparsity.of), sparsity.of - sparsity.kept);
    for (std::size_t i = 0; i < sparsity.of; ++i) mask[first + i] = (pruned >> i & 1) != 0 ? 0 : 1;
  }
}

}  // namespace

Mask magnitude_prune_mask(ConstMatrixView weights, const Sparsity& sparsity) {
  require_sparsity(sparsity, weights.cols);
  std::vector<double> scores(weights.rows * weights.cols);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i] = std::abs(static_cast<double>(weights(i / weights.cols, i % weights.cols)));
  }
  Mask mask(scores.size(), 1);
  if (sparsity.structured()) {
    prune_structured(scores, sparsity, mask);
  } else {
    prune_lowest(scores, rounded_down(sparsity.share, scores.size()), mask);
  }
  return mask;
}

Mask wanda_mask(ConstMatrixView weights, std::span<const double> norms, const Sparsity& sparsity) {
  require_sparsity(sparsity, weights.cols);
  Mask mask(weights.rows * weights.cols, 1);
  std::vector<double> scores(weights.cols);
  for (std::size_t i = 0; i < weights.rows; ++i) {
    for (std::size_t j = 0; j < weights.cols; ++j) {
      scores[j] = std::abs(static_cast<double>(weights(i, j))) * norms[j];
    }
    const std::span<std::uint8_t> row = std::span(mask).subspan(i * weights.cols, weights.cols);
    if (sparsity.structured()) {
      prune_structured(scores, sparsity, row);
    } else {
      prune_lowest(scores, rounded_down(sparsity.share, weights.cols), row);
    }
  }
  return mask;
}

PrunedRow wanda_row(std::span<const float> weights, std::span<const double> norms, double share) {
  if (weights.empty() || norms.size() != weights.size()) {
    throw EngineError(ErrorCode::invalid_argument, "norms must be as many as weights, at least one: got " +
                                                       std::to_string(norms.size()) + " and " +
                                                       std::to_string(weights.size()));
  }
  require_finite(weights, "weights");
  for (const double norm : norms) {
    if (!(norm >= 0) || !std::isfinite(norm)) {
      throw EngineError(ErrorCode::invalid_argument,
                        "norms must be finite and at least 0, got " + number_text(norm));
    }
  }
  PrunedRow row{
      .mask = wanda_mask({weights.data(), 1, weights.size(), weights.size(), 1}, norms, {.share = share})};
  for (std::size_t j = 0; j < weights.size(); ++j) row.sum += row.mask[j] != 0 ? weights[j] : 0.0;
  return row;
}

std::vector<double> input_norms(ConstMatrixView x) {
  std::vector<double> norms(x.cols);
  add_squares(x, norms);
  for (double& norm : norms) norm = std::sqrt(norm);
  return norms;
}

}  // namespace compression
