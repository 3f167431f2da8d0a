// The golden file comes from NumPy; every build has to equal it, and so equals every other build.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/formats/packed.h"
#include "engine/tensor/random.h"
#include "tests/engine/digest.h"
#include "tests/engine/golden.h"

namespace compression {
namespace {

struct Case {
  std::size_t rows, cols;
  std::vector<float> weights;
};

/// The cases of tests/golden/round_trip.py.
std::vector<Case> cases() {
  const std::vector<std::pair<std::size_t, std::size_t>> shapes = {
      {1, 1}, {1, 7}, {3, 50}, {1, 1000}, {16, 513}};
  std::vector<Case> all;
  for (std::size_t seed = 0; seed < shapes.size(); ++seed) {
    for (const double sigma : {0.02, 1e-8, 3e3}) {
      const auto [rows, cols] = shapes[seed];
      auto weights = sample_weights(
          {.count = rows * cols, .sigma = sigma, .outlier_fraction = 0.01, .outlier_scale = 6, .seed = seed});
      for (std::size_t i = 0; i < weights.size(); ++i) {
        if (i % cols >= 10 && i % cols < 150) weights[i] = 0;
      }
      all.push_back({rows, cols, std::move(weights)});
    }
  }
  return all;
}

std::int32_t group_of(const std::string& name) {
  if (name == "tensor") return Group::tensor;
  return name == "row" ? Group::row : std::stoi(name);
}

}  // namespace

TEST_CASE("packed bytes, weights and errors of every format are those of the golden file") {
  const auto all = cases();
  test::Digest ratios;
  for (auto& fields : test::read_golden("round_trip")) {
    std::string format, group, scales, packed_digest, dequantized_digest, error_digest;
    fields >> format >> group >> scales >> packed_digest >> dequantized_digest >> error_digest;
    CAPTURE(format);
    CAPTURE(group);
    CAPTURE(scales);
    test::Digest packed;
    test::Digest dequantized;
    test::Digest errors;
    for (const Case& one : all) {
      const PackOptions options{.format = format,
                                .group = {group_of(group)},
                                .rows = one.rows,
                                .cols = one.cols,
                                .scales = scales == "fp16" ? ScaleType::fp16 : ScaleType::fp32};
      packed.add(std::span<const std::uint8_t>(pack(one.weights, options).bytes));
      const RoundTrip result = round_trip(one.weights, options);
      dequantized.add(std::span<const float>(result.dequantized));
      errors.add_one(result.rmse);
      errors.add_one(result.max_error);
      ratios.add_one(result.sqnr_db);
      ratios.add_one(result.bits_per_weight);
      ratios.add_one(static_cast<std::uint64_t>(result.levels_used));
    }
    CHECK(packed.value() == std::stoull(packed_digest, nullptr, 16));
    CHECK(dequantized.value() == std::stoull(dequantized_digest, nullptr, 16));
    CHECK(errors.value() == std::stoull(error_digest, nullptr, 16));
  }
  // SQNR has a logarithm of our own, which NumPy cannot give: the digest of the native build stands for all
  // builds.
  CHECK(ratios.value() == 0x3f7aceef1e7bfa30);
}

}  // namespace compression
