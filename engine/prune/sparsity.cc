#include "engine/prune/sparsity.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "engine/error.h"
#include "engine/number_text.h"

namespace compression {

void require_sparsity(const Sparsity& sparsity, std::size_t inputs) {
  if (!sparsity.structured()) {
    if (sparsity.share >= 0 && sparsity.share <= 1) return;
    throw EngineError(ErrorCode::invalid_argument,
                      "sparsity must be within 0 and 1, not " + number_text(sparsity.share));
  }
  const std::string pattern = std::to_string(sparsity.kept) + ":" + std::to_string(sparsity.of);
  if (sparsity.kept >= sparsity.of || sparsity.of > 64) {
    throw EngineError(ErrorCode::invalid_argument,
                      "pattern must be n:m with n below m and m at most 64, not " + pattern);
  }
  if (inputs % sparsity.of != 0) {
    throw EngineError(ErrorCode::invalid_argument,
                      "pattern " + pattern + " must divide a row of " + std::to_string(inputs) + " weights");
  }
}

std::uint64_t lowest_scores(std::span<const double> scores, std::size_t count) noexcept {
  std::uint64_t lowest = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    std::size_t before = 0;
    for (std::size_t k = 0; k < scores.size(); ++k) {
      before += scores[k] < scores[i] || (!(scores[i] < scores[k]) && k < i) ? 1 : 0;
    }
    if (before < count) lowest |= std::uint64_t{1} << i;
  }
  return lowest;
}

Matrix masked(ConstMatrixView weights, const Mask& mask) {
  Matrix result = copy(weights);
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] == 0) result.values()[i] = 0;
  }
  return result;
}

double pruned_share(const Mask& mask) {
  const auto pruned = std::ranges::count(mask, std::uint8_t{0});
  return mask.empty() ? 0 : static_cast<double>(pruned) / static_cast<double>(mask.size());
}

}  // namespace compression
