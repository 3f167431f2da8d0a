/// The weights of tests/golden/k_quants.golden, built as its script builds them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/tensor/random.h"

namespace compression::test {

struct KQuantCase {
  std::string name;
  std::size_t rows, cols;
  std::vector<float> weights;  // [rows, cols]
};

inline std::vector<KQuantCase> k_quant_cases() {
  std::vector<KQuantCase> cases;
  const auto normal = [](std::size_t count, double sigma, std::uint64_t seed) {
    return sample_weights({.count = count, .sigma = sigma, .seed = seed});
  };
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    cases.push_back({"gaussian-" + std::to_string(seed), 4, 1024, normal(4096, 0.02, seed)});
  }
  for (std::uint64_t seed = 4; seed < 7; ++seed) {
    cases.push_back(
        {"outliers-" + std::to_string(seed), 2, 1024,
         sample_weights(
             {.count = 2048, .sigma = 0.02, .outlier_fraction = 0.01, .outlier_scale = 12, .seed = seed})});
  }
  std::uint64_t seed = 7;
  for (const auto& [name, sigma] : std::vector<std::pair<std::string, double>>{{"100000", 1e5},
                                                                               {"0.0001", 1e-4},
                                                                               {"1e-06", 1e-6},
                                                                               {"1e-08", 1e-8},
                                                                               {"1e-13", 1e-13},
                                                                               {"1e-15", 1e-15},
                                                                               {"1e-20", 1e-20},
                                                                               {"1e-38", 1e-38},
                                                                               {"1e-42", 1e-42}}) {
    cases.push_back({"sigma-" + name, 2, 512, normal(1024, sigma, seed++)});
  }
  const auto changed = [](std::vector<float> weights, auto change) {
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = change(weights[i], i);
    return weights;
  };
  const auto shifted = normal(1024, 0.01, 16);
  cases.push_back({"positive", 2, 512, changed(shifted, [](float w, std::size_t) { return w + 1; })});
  cases.push_back({"negative", 2, 512, changed(shifted, [](float w, std::size_t) { return w - 1; })});
  cases.push_back(
      {"rectified", 2, 512, changed(shifted, [](float w, std::size_t) { return std::max(w, 0.0f); })});
  cases.push_back({"sparse", 2, 512, changed(normal(1024, 1, 17), [](float w, std::size_t i) {
                     const std::size_t col = i % 512;
                     return (col >= 10 && col < 150) || col >= 320 ? 0 : w;
                   })});
  cases.push_back({"integers", 2, 512,
                   changed(normal(1024, 4, 18), [](float w, std::size_t) { return std::nearbyint(w); })});
  cases.push_back({"mixed-scales", 4, 1024, changed(normal(4096, 1, 19), [](float w, std::size_t i) {
                     return std::ldexp(w, -static_cast<int>(i / 16 % 24));
                   })});
  cases.push_back({"zeros", 1, 256, std::vector<float>(256)});
  cases.push_back({"minus-zeros", 1, 256, std::vector<float>(256, -0.0f)});
  cases.push_back({"constant", 1, 256, std::vector<float>(256, 0.37f)});
  cases.push_back({"constant-negative", 1, 256, std::vector<float>(256, -0.37f)});
  cases.push_back({"one-weight", 1, 1, normal(1, 1, 20)});
  cases.push_back({"short-rows", 3, 300, normal(900, 0.02, 21)});
  return cases;
}

inline std::vector<float> importance_of(std::size_t cols) {
  Random random(99);
  std::vector<float> importance(cols);
  for (std::size_t i = 0; i < cols; ++i) {
    const double activation = random.normal(0, 1);
    importance[i] = i % 11 == 0 ? 0 : static_cast<float>(activation * activation);
  }
  return importance;
}

}  // namespace compression::test
