/// Weights before and after incoherence processing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace compression {

/// What incoherence is to bring down (tails.h).
struct Tails {
  double peak = 0;
  double kurtosis = 0;
};

struct TurnedWeights {
  std::vector<float> weights;  // [rows, width], in the units of the weights
  std::size_t width = 0;       // of a row, filled up to a multiple of eight
  Tails given;                 // of the weights as they were given
  Tails turned;
};

/// Weights [rows, cols] under the random orthogonal transforms of both sides that the format e8p draws from
/// `seed` (e8p.h). Throws EngineError(non_finite).
TurnedWeights turned_weights(std::span<const float> weights, std::size_t rows, std::size_t cols,
                             std::uint64_t seed);

}  // namespace compression
