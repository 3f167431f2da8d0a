/// What e8p stores of a matrix, for methods that choose its codes themselves (e8p.cc has the bytes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/formats/packed.h"
#include "engine/formats/vector/e8p_patterns.h"
#include "engine/tensor/randomized_hadamard.h"

namespace compression {

/// The root mean square of normal numbers at which the codebook's distortion of them is smallest.
inline constexpr double optimal_e8p_scale = 1.03;

struct E8pMatrix {
  std::uint64_t seed = 0;            // of the signs of both transforms
  float scale = 0;                   // of the codewords; 0: all weights are zero
  std::vector<std::uint16_t> codes;  // [rows, width / 8]
};

/// The transforms of the two sides of a matrix.
struct E8pSides {
  RandomizedHadamard inputs;   // of e8p_width(cols)
  RandomizedHadamard outputs;  // of rows
};

/// A row's length, filled up to whole codes.
constexpr std::size_t e8p_width(std::size_t cols) noexcept {
  return (cols + e8p_length - 1) / e8p_length * e8p_length;
}

/// The transforms that `seed` stands for.
E8pSides e8p_sides(std::uint64_t seed, std::size_t rows, std::size_t cols);

/// Root mean square of `count` numbers, those that are not given being 0, over the optimal scale. It is 0 for
/// weights that are 0 or so small that float32 has no such scale: zeros then stand for all of them.
float e8p_scale(std::span<const float> weights, std::size_t count);

/// Weights [rows, cols] over `scale`, filled up and turned on both sides, [rows, width].
std::vector<float> turn_for_e8p(std::span<const float> weights, std::size_t rows, std::size_t cols,
                                float scale, const E8pSides& sides);

/// The bytes of the format e8p; rows and cols are at least 1.
Packed pack_e8p(const E8pMatrix& matrix, std::size_t rows, std::size_t cols);

}  // namespace compression
