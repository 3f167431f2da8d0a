// The golden file comes from ml_dtypes, whose rounding is its own.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/formats/code_stream.h"
#include "engine/formats/float16.h"
#include "engine/formats/format.h"
#include "engine/formats/packed.h"
#include "engine/formats/registry.h"
#include "engine/tensor/random.h"
#include "tests/engine/digest.h"
#include "tests/engine/golden.h"

namespace compression {
namespace {

/// The weights of a case of tests/golden/small_floats.py, those that are finite.
std::vector<float> weights_of(const std::string& name) {
  std::vector<float> weights;
  if (name.starts_with("sigma-")) {
    Random random(3);
    const double sigma = std::stod(name.substr(6));
    for (int i = 0; i < 4096; ++i) weights.push_back(static_cast<float>(random.normal(0, sigma)));
    return weights;
  }
  for (std::uint32_t code = 0; code < 65536; ++code) {
    const auto half = static_cast<std::uint16_t>(code);
    const float weight = name == "fp16" ? float_from_fp16(half) : float_from_bf16(half);
    if (std::isfinite(weight)) weights.push_back(weight);
  }
  return weights;
}

/// Digest of one byte a weight, its code.
std::uint64_t digest_of_codes(const Packed& packed, std::size_t count, int bits) {
  test::Digest digest;
  CodeReader reader(packed.bytes, count, bits);
  for (std::size_t left = count; left > 0;) {
    const std::span<const std::uint8_t> codes = reader.next(left);
    digest.add(codes);
    left -= codes.size();
  }
  return digest.value();
}

}  // namespace

TEST_CASE("the codes of small floats are those of ml_dtypes") {
  for (auto& fields : test::read_golden("small_floats")) {
    std::string format, name, codes;
    fields >> format >> name >> codes;
    CAPTURE(format);
    CAPTURE(name);
    const std::vector<float> weights = weights_of(name);
    const Packed packed = pack(weights, {.format = format, .overflow = Overflow::ieee});
    CHECK(digest_of_codes(packed, weights.size(), find_format(format).code_bits) ==
          std::stoull(codes, nullptr, 16));
  }
}

}  // namespace compression
