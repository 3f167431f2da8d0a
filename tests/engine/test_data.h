/// The test data of the known answers for second-order methods and vector quantization.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace compression::test {

/// The linear congruential generator of Numerical Recipes: uniform numbers in [0, 1), the state advanced
/// first.
class Lcg {
 public:
  explicit Lcg(std::uint32_t seed) : state_(seed) {}
  double next() {
    state_ = 1664525 * state_ + 1013904223;
    return state_ / 4294967296.0;
  }

 private:
  std::uint32_t state_;
};

/// P32: a small layer with correlated activations.
struct SmallLayer {
  static constexpr std::size_t outputs = 16;
  static constexpr std::size_t inputs = 32;
  static constexpr std::size_t tokens = 256;

  std::vector<double> activations;  // [tokens, inputs]
  std::vector<double> weights;      // [outputs, inputs]

  SmallLayer() : activations(tokens * inputs), weights(outputs * inputs) {
    Lcg random(1);
    for (std::size_t t = 0; t < tokens; ++t) {
      double previous = 0;
      for (std::size_t j = 0; j < inputs; ++j) {
        previous = (random.next() - 0.5) + 0.8 * previous;
        activations[t * inputs + j] = previous;
      }
    }
    for (double& weight : weights) weight = 2 * random.next() - 1;
  }

  /// factor × XᵀX / tokens, [inputs, inputs].
  [[nodiscard]] std::vector<double> hessian(double factor) const {
    std::vector<double> h(inputs * inputs);
    for (std::size_t t = 0; t < tokens; ++t) {
      for (std::size_t i = 0; i < inputs; ++i) {
        for (std::size_t j = 0; j < inputs; ++j) {
          h[i * inputs + j] += activations[t * inputs + i] * activations[t * inputs + j];
        }
      }
    }
    for (double& value : h) value *= factor / static_cast<double>(tokens);
    return h;
  }
};

/// tr(D H Dᵀ) for D [rows, n], H [n, n].
inline double proxy_loss(const std::vector<double>& d, const std::vector<double>& h, std::size_t n) {
  double loss = 0;
  for (std::size_t row = 0; row < d.size(); row += n) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) loss += d[row + i] * h[i * n + j] * d[row + j];
    }
  }
  return loss;
}

}  // namespace compression::test
