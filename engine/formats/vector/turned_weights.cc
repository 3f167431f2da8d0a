#include "engine/formats/vector/turned_weights.h"

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/formats/vector/e8p.h"
#include "engine/tensor/tails.h"

namespace compression {

TurnedWeights turned_weights(std::span<const float> weights, std::size_t rows, std::size_t cols,
                             std::uint64_t seed) {
  TurnedWeights result;
  result.width = e8p_width(cols);
  result.given = {peak(weights), kurtosis(weights)};
  result.weights = turn_for_e8p(weights, rows, cols, 1, e8p_sides(seed, rows, cols));
  result.turned = {peak(result.weights), kurtosis(result.weights)};
  return result;
}

}  // namespace compression
