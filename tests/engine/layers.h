/// The layers of the known answers, and their error as those define it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "engine/quantize/layer.h"
#include "engine/tensor/matrix.h"
#include "engine/tensor/random.h"

namespace compression::test {

/// A matrix from its numbers, row by row.
inline Matrix matrix(std::size_t rows, std::initializer_list<double> values) {
  Matrix result(rows, values.size() / rows);
  std::ranges::transform(values, result.values().begin(), [](double x) { return static_cast<float>(x); });
  return result;
}

/// s ← 1664525 s + 1013904223 modulo 2^32, as a number below 1.
class LinearCongruential {
 public:
  explicit LinearCongruential(std::uint32_t seed) : state_(seed) {}

  double next() {
    state_ = 1664525u * state_ + 1013904223u;
    return state_ / 4294967296.0;
  }

 private:
  std::uint32_t state_;
};

struct SmallLayer {
  Matrix weights;  // [out, in]
  Matrix x;        // [tokens, in]

  [[nodiscard]] Layer layer() const { return {.weights = weights.view(), .calibration = x.view()}; }
};

/// Two outputs of four inputs, six tokens. 0.1 / 0.2 is a tie that the answers' double arithmetic finds above
/// one half: a ten-millionth more keeps it there.
inline SmallLayer tiny() {
  return {.weights = matrix(2, {.9, -.4, .25, -.7, .1000001, .8, -.6, .35}),
          .x = matrix(6, {1, .5,  0, .25, -1, .25, .5,  0, .5,  1,  .5, -.5,
                          0, -.5, 1, 1,   2,  1,   .25, 0, -.5, -1, 0,  .5})};
}

/// Sixteen outputs of 32 correlated inputs, 256 tokens; every fifth input times `outlier`.
inline SmallLayer p32(double outlier = 1) {
  LinearCongruential random(1);
  SmallLayer layer{.weights = Matrix(16, 32), .x = Matrix(256, 32)};
  for (std::size_t t = 0; t < 256; ++t) {
    double previous = 0;
    for (std::size_t j = 0; j < 32; ++j) {
      previous = (random.next() - 0.5) + 0.8 * previous;
      layer.x(t, j) = static_cast<float>(j % 5 == 0 ? previous * outlier : previous);
    }
  }
  for (float& weight : layer.weights.values()) weight = static_cast<float>(2 * random.next() - 1);
  return layer;
}

/// A layer of tests/golden/reference_layers.py: neighbouring inputs correlate, every sixteenth is eight times
/// as large, input 7 is dead, and its weights are large.
inline SmallLayer reference_layer(const std::string& name) {
  struct Shape {
    std::uint64_t seed;
    std::size_t outputs, inputs, tokens;
  };
  const Shape shape = name == "even"  ? Shape{20, 64, 256, 512}
                      : name == "odd" ? Shape{22, 24, 300, 400}
                                      : Shape{23, 256, 128, 512};
  SmallLayer layer{.weights = Matrix(shape.outputs, shape.inputs), .x = Matrix(shape.tokens, shape.inputs)};
  constexpr std::size_t dead = 7;
  Random random(shape.seed);
  for (std::size_t i = 0; i < layer.weights.rows(); ++i) {
    for (std::size_t j = 0; j < layer.weights.cols(); ++j) {
      layer.weights(i, j) = static_cast<float>(random.normal(0, 0.02) * (j == dead ? 8 : 1));
    }
  }
  for (std::size_t t = 0; t < layer.x.rows(); ++t) {
    double previous = 0;
    for (std::size_t j = 0; j < layer.x.cols(); ++j) {
      previous = random.normal(0, 1) + 0.8 * previous;
      layer.x(t, j) = j == dead ? 0.0f : static_cast<float>(previous * (j % 16 == 5 ? 8 : 1));
    }
  }
  return layer;
}

/// tr(D H Dᵀ) with H = 2 xᵀ x / tokens and D the difference of the weights, all in double.
inline double quadratic_error(const SmallLayer& layer, ConstMatrixView approximation) {
  double sum = 0;
  for (std::size_t t = 0; t < layer.x.rows(); ++t) {
    for (std::size_t i = 0; i < layer.weights.rows(); ++i) {
      double error = 0;
      for (std::size_t j = 0; j < layer.weights.cols(); ++j) {
        error += (static_cast<double>(layer.weights(i, j)) - static_cast<double>(approximation(i, j))) *
                 static_cast<double>(layer.x(t, j));
      }
      sum += error * error;
    }
  }
  return 2 * sum / static_cast<double>(layer.x.rows());
}

}  // namespace compression::test
