// The golden file comes from NVIDIA's Model Optimizer.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/formats/packed.h"
#include "engine/tensor/random.h"
#include "tests/engine/digest.h"
#include "tests/engine/golden.h"

namespace compression {
namespace {

struct Case {
  std::size_t rows;
  std::vector<float> weights;
};

/// Blocks of 16 under each other; `next` answers for a row and a column.
template <class Next>
Case blocks(std::size_t rows, Next next) {
  Case result{.rows = rows, .weights = {}};
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < 16; ++j) result.weights.push_back(static_cast<float>(next(i, j)));
  }
  return result;
}

/// A case of tests/golden/nvfp4_blocks.py.
Case case_named(const std::string& name) {
  if (name.starts_with("sigma-")) {
    Random random(12);
    const double sigma = std::stod(name.substr(6));
    Case result = blocks(1000, [&](std::size_t, std::size_t) { return random.normal(0, sigma); });
    result.rows = 160;
    return result;
  }
  if (name == "spread") {
    Random random(13);
    return blocks(640, [&](std::size_t i, std::size_t) {
      return std::ldexp(random.normal(0, 1), static_cast<int>((20 - i % 20) % 20));
    });
  }
  if (name == "ties") {
    Random random(14);
    return blocks(512, [&](std::size_t i, std::size_t j) {
      const double drawn = static_cast<double>(random.integers(1, 49)) / 8 * (j % 2 == 0 ? 1 : -1);
      if (i == 0 && j == 0) return 2688.0;
      return (j == 3 ? 6 : drawn) / (i % 2 == 0 ? 2 : 1);
    });
  }
  Random random(15);
  return blocks(64, [&](std::size_t i, std::size_t) {
    const double drawn = random.normal(0, 1);
    return i % 3 == 0 ? 0 : drawn;
  });
}

}  // namespace

TEST_CASE("bytes and weights of NVFP4 are those of Model Optimizer") {
  for (auto& fields : test::read_golden("nvfp4_blocks")) {
    std::string name;
    fields >> name;
    CAPTURE(name);
    const Case one = case_named(name);
    const Packed packed = pack(one.weights, {.format = "nvfp4", .rows = one.rows});
    CHECK(test::digest_of(std::span<const std::uint8_t>(packed.bytes)) == test::read_digest(fields));
    test::check_weights(fields, unpack(packed.bytes, packed.spec));
  }
}

}  // namespace compression
