// The golden file comes from microxcaling, the code that Microsoft published with the standard.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/formats/packed.h"
#include "engine/tensor/random.h"
#include "tests/engine/golden.h"

namespace compression {
namespace {

struct Case {
  std::size_t rows;
  std::vector<float> weights;
};

/// Blocks whose largest magnitude lies `steps` steps of float32 below a power of two.
Case below_powers(int steps) {
  Random random(11);
  Case result{.rows = 0, .weights = {}};
  for (int exponent = 3; exponent < 120; ++exponent) {
    for (const int e : {exponent, -exponent}) {
      for (int i = 0; i < 32; ++i) {
        result.weights.push_back(static_cast<float>(random.random() * std::ldexp(0.9, e)));
      }
      result.weights[32 * result.rows + 5] = static_cast<float>(std::ldexp(1 - steps * 0x1p-24, e));
      ++result.rows;
    }
  }
  return result;
}

/// A case of tests/golden/microscaling.py.
Case case_named(const std::string& name) {
  Case result{.rows = 512, .weights = {}};
  const auto draw = [&](std::uint64_t seed, int count, auto next) {
    Random random(seed);
    for (int i = 0; i < count; ++i) result.weights.push_back(static_cast<float>(next(random)));
  };
  if (name.starts_with("sigma-")) {
    const double sigma = std::stod(name.substr(6));
    result.rows = 160;
    draw(7, 16000, [&](Random& random) { return random.normal(0, sigma); });
  } else if (name == "bits") {
    draw(8, 16384, [](Random& random) {
      const auto value =
          std::bit_cast<float>(static_cast<std::uint32_t>(random.integers(0, std::int64_t{1} << 32)));
      return std::isfinite(value) ? value : 1;
    });
  } else if (name == "powers") {
    result.rows = 277;
    for (int e = -149; e < 128; ++e) {
      for (int i = 0; i < 32; ++i) result.weights.push_back(static_cast<float>(std::ldexp(1.0, e - i)));
    }
  } else if (name == "ties") {
    draw(9, 16384, [](Random& random) { return static_cast<double>(random.integers(-256, 256)) / 128; });
  } else if (name == "signed-zeros") {
    result.rows = 16;
    draw(10, 512, [](Random& random) { return random.random() < 0.5 ? -0.0 : 0.0; });
  } else {
    // One step below a power the reference's logarithm is that of the power itself, where the standard's
    // floor is the power before it: such a block is coded as if it held the power.
    result = below_powers(name == "next-below-powers" ? 0 : 64);
  }
  return result;
}

}  // namespace

TEST_CASE("weights in microscaling formats are those of microxcaling") {
  for (auto& fields : test::read_golden("microscaling")) {
    std::string format, name;
    fields >> format >> name;
    CAPTURE(format);
    CAPTURE(name);
    const Case one = case_named(name);
    test::check_weights(fields, round_trip(one.weights, {.format = format, .rows = one.rows}).dequantized);
  }
}

}  // namespace compression
