// The golden file comes from bitsandbytes: its CUDA kernels, compiled for the processor, and its PyTorch.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "engine/formats/double_quantization.h"
#include "engine/formats/format.h"
#include "engine/formats/packed.h"
#include "engine/formats/registry.h"
#include "engine/tensor/random.h"
#include "tests/engine/digest.h"
#include "tests/engine/golden.h"

namespace compression {
namespace {

/// The weights of a case of tests/golden/bitsandbytes_blocks.py.
std::vector<float> weights_of(const std::string& name) {
  if (name == "one") return {-0.25f};
  const bool outliers = name == "outliers";
  Random random(name == "short" ? 6 : outliers ? 5 : 4);
  const double sigma = name.starts_with("sigma-") ? std::stod(name.substr(6)) : 0.02;
  std::vector<float> weights(name == "short" ? 77 : outliers ? 16384 : 64 * 600 + 5);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] = static_cast<float>(random.normal(0, sigma) * (outliers && i % 37 == 0 ? 12 : 1));
  }
  return weights;
}

/// The codes of numbers from −1 to 1.
std::uint64_t digest_of_sweep(const std::string& format) {
  std::vector<std::uint8_t> codes;
  for (int i = -(1 << 15); i <= 1 << 15; ++i) {
    const float number = static_cast<float>(i) / (1 << 15);
    codes.push_back(static_cast<std::uint8_t>(find_format(format).codes.encode(number, Overflow::saturate)));
  }
  return test::digest_of(std::span<const std::uint8_t>(codes));
}

}  // namespace

TEST_CASE("bytes and weights of NF4 and FP4, the dynamic map and its codes are those of bitsandbytes") {
  for (auto& fields : test::read_golden("bitsandbytes_blocks")) {
    std::string format, name;
    fields >> format >> name;
    CAPTURE(format);
    CAPTURE(name);
    if (format == "map") {
      CHECK(test::digest_of(std::span<const float>(dynamic_map())) == test::read_digest(fields));
      continue;
    }
    if (name == "sweep") {
      CHECK(digest_of_sweep(format) == test::read_digest(fields));
      continue;
    }
    const std::vector<float> weights = weights_of(name);
    const Packed packed = pack(weights, {.format = format});
    std::span<const std::uint8_t> stored = packed.bytes;
    if (format == "nf4_dq") {
      stored = stored.subspan((weights.size() + 1) / 2);  // before it are the codes of nf4
      float mean = 0;
      std::memcpy(&mean, &stored.back() - 3, sizeof mean);
      double expected = 0;
      fields >> expected;
      // PyTorch sums in float32, and loses a last digit or two.
      CHECK(mean == doctest::Approx(expected).epsilon(3e-7).scale(0));
    }
    CHECK(test::digest_of(stored) == test::read_digest(fields));
    CHECK(test::digest_of(std::span<const float>(unpack(packed.bytes, packed.spec))) ==
          test::read_digest(fields));
  }
}

}  // namespace compression
