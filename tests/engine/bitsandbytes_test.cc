#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/formats/double_quantization.h"
#include "engine/formats/nibble_codebook.h"
#include "engine/formats/packed.h"
#include "engine/formats/registry.h"
#include "engine/tensor/random.h"
#include "tests/engine/reference.h"
#include "tests/engine/vectors.h"

namespace compression {
namespace {

float absmax_at(const Packed& packed, std::size_t offset) {
  float value;
  std::memcpy(&value, packed.bytes.data() + offset, sizeof value);
  return value;
}

int nf4_code(float scaled) {
  return NormalFloat::encode(ScalarBatch<float>(scaled)).value;
}
int fp4_code(float scaled) {
  return BitsandbytesFloat::encode(ScalarBatch<float>(scaled)).value;
}

/// The code by a walk along the midpoints, as the definition says.
int nf4_naively(float scaled) {
  int code = 0;
  for (std::size_t i = 0; i + 1 < 16; ++i) {
    if (scaled > (NormalFloat::values[i] + NormalFloat::values[i + 1]) / 2) ++code;
  }
  return code;
}

/// The tree of comparisons of bitsandbytes, flattened.
int fp4_naively(float scaled) {
  const std::vector<std::pair<float, int>> upward = {{0.8333333f, 3},  {0.583333f, 2},   {0.4166667f, 5},
                                                     {0.29166667f, 4}, {0.20833333f, 7}, {0.0859375f, 6},
                                                     {0.00260417f, 1}};
  const int sign = scaled < 0 ? 8 : 0;
  for (const auto& [threshold, code] : upward) {
    if (std::abs(scaled) > threshold) return sign | code;
  }
  return sign;
}

/// Standard normal distribution function.
double normal_cdf(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

}  // namespace

TEST_CASE("NF4's values are the quantiles of its construction") {
  constexpr double offset = 0.9677083;
  double low = 1, high = 3;  // the quantile of the offset lies between
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (normal_cdf(middle) < offset ? low : high) = middle;
  }
  const auto& values = NormalFloat::values;
  for (int i = 0; i < 8; ++i) {
    CHECK(normal_cdf(low * double{values[static_cast<std::size_t>(15 - i)]}) ==
          doctest::Approx(offset - i * (offset - 0.5) / 8).epsilon(1e-7));
  }
  for (int i = 0; i < 7; ++i) {
    CHECK(normal_cdf(-low * double{values[static_cast<std::size_t>(i)]}) ==
          doctest::Approx(offset - i * (offset - 0.5) / 7).epsilon(1e-7));
  }
  CHECK(values[NormalFloat::zero] == 0);
}

TEST_CASE("known answers of NF4 and FP4") {
  const auto check = [](const char* format, const std::vector<float>& weights, const std::string& codes,
                        float absmax, const std::vector<double>& first, double rmse) {
    CAPTURE(format);
    const Packed packed = pack(weights, {.format = format});
    CHECK(test::hexadecimal(packed.bytes, 2).substr(0, codes.size()) == codes);
    CHECK(packed.bytes.size() == 36);
    CHECK(absmax_at(packed, 32) == absmax);
    const RoundTrip result = round_trip(weights, {.format = format});
    CHECK(result.rmse == doctest::Approx(rmse).epsilon(1e-8));
    for (std::size_t i = 0; i < first.size(); ++i) {
      CHECK(result.dequantized[i] == doctest::Approx(first[i]).epsilon(1e-8));
    }
  };
  check("nf4", test::ramp(64, 16), "000001111111122222333344455566677788999aaabbbccccddddeeeeeeeffff", 2,
        {-2, -2, -2, -2}, 0.107367615);
  check("fp4", test::ramp(64, 16), "bbbbbbaaaaaaaadddddccccfffeeee9901166667774444555552222222233333", 2,
        {-2, -2, -2, -2}, 0.13049447);
  check("nf4", test::scrambled(64), "17e29f3b05d17e2af4c06d18e2a04c16e29f3b05d17e29f3c05d18e2af4c16e1",
        1.5625f, {-1.08780122, 0, 1.12962008, -0.820426643}, 0.0829773791);
  check("fp4", test::scrambled(64), "a92d63c4be5a12d73c5be2a12d7bf5a92a63c4be5a02d63c4be2a12d73f5a92a",
        1.5625f, {-1.04166675, -0.00813802145, 1.04166675, -0.78125}, 0.10143908);
  for (const auto& [value, code] : std::vector<std::pair<float, int>>{{0.0f, 7},
                                                                      {0.05f, 8},
                                                                      {-0.05f, 6},
                                                                      {0.5f, 12},
                                                                      {0.99f, 15},
                                                                      {-0.9f, 0},
                                                                      {0.12025525f, 8},
                                                                      {0.9f, 15}}) {
    CHECK(nf4_code(value) == code);
  }
}

TEST_CASE("every threshold is strict, and every value has its own code") {
  for (std::size_t i = 0; i < 16; ++i) CHECK(nf4_code(NormalFloat::values[i]) == static_cast<int>(i));
  for (std::size_t i = 0; i + 1 < 16; ++i) {
    const float threshold = (NormalFloat::values[i] + NormalFloat::values[i + 1]) / 2;
    CHECK(nf4_code(threshold) == static_cast<int>(i));
    CHECK(nf4_code(std::nextafter(threshold, 2.0f)) == static_cast<int>(i + 1));
  }
  for (std::size_t code = 0; code < 16; ++code) {
    if (code != 8) CHECK(fp4_code(BitsandbytesFloat::values[code]) == static_cast<int>(code));
  }
  CHECK(fp4_code(-0.0f) == 0);
  CHECK(fp4_code(-0.001f) == 8);
  for (const float threshold :
       {0.00260417f, 0.0859375f, 0.20833333f, 0.29166667f, 0.4166667f, 0.583333f, 0.8333333f}) {
    for (const float value : {threshold, std::nextafter(threshold, 0.0f), std::nextafter(threshold, 2.0f)}) {
      CHECK(fp4_code(value) == fp4_naively(value));
      CHECK(fp4_code(-value) == fp4_naively(-value));
    }
  }
}

TEST_CASE("codebook formats of all lengths and magnitudes equal the naive form") {
  const auto shape =
      sample_weights({.count = 1100, .sigma = 1, .outlier_fraction = 0.05, .outlier_scale = 5, .seed = 3});
  const auto check = [](const std::vector<float>& weights, const std::string& format, int (*code_of)(float),
                        const auto& values) {
    const std::size_t count = weights.size();
    const Packed packed = pack(weights, {.format = format});
    const auto back = unpack(packed.bytes, packed.spec);
    const std::size_t scales = (count + 1) / 2;
    REQUIRE(packed.bytes.size() == scales + 4 * ((count + 63) / 64));
    for (std::size_t i = 0; i < count; ++i) {
      const auto block = std::span<const float>(weights).subspan(
          i / 64 * 64, std::min<std::size_t>(64, count - i / 64 * 64));
      const float absmax = reference::absmax(block);
      REQUIRE(absmax_at(packed, scales + i / 64 * 4) == absmax);
      const float scaled = std::clamp(weights[i] * (1.0f / std::max(absmax, 1e-38f)), -1.0f, 1.0f);
      const int code = i % 2 == 0 ? packed.bytes[i / 2] >> 4 : packed.bytes[i / 2] & 15;
      REQUIRE(code == code_of(scaled));
      REQUIRE(back[i] == values[static_cast<std::size_t>(code)] * absmax);
    }
    if (count % 2 == 1) REQUIRE((packed.bytes[scales - 1] & 15) == code_of(0));
  };
  for (const float magnitude : {1.0f, 0x1p-149f, 1e-40f, 1e-38f, 1e-20f, 1e37f, 0.0f}) {
    for (std::size_t count = 1; count <= shape.size(); count += count < 140 ? 1 : 137) {
      std::vector<float> weights(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(count));
      for (float& weight : weights) weight *= magnitude;
      check(weights, "nf4", nf4_naively, NormalFloat::values);
      check(weights, "fp4", fp4_naively, BitsandbytesFloat::values);
    }
  }
}

TEST_CASE("blocks of the codebook formats cross rows") {
  const auto weights = sample_weights({.count = 3 * 50, .seed = 1});
  for (const char* const format : {"nf4", "nf4_dq", "fp4"}) {
    CHECK(pack(weights, {.format = format, .rows = 3}).bytes == pack(weights, {.format = format}).bytes);
  }
}

TEST_CASE("NF4 of what it gave back loses nothing, and powers of two pass through") {
  const auto weights = sample_weights({.count = 640, .sigma = 0.02, .seed = 8});
  for (const char* const format : {"nf4", "fp4"}) {
    const auto once = round_trip(weights, {.format = format}).dequantized;
    CHECK(round_trip(once, {.format = format}).dequantized == once);
    auto scaled = weights;
    auto expected = once;
    for (float& weight : scaled) weight *= 0x1p10f;
    for (float& weight : expected) weight *= 0x1p10f;
    CHECK(round_trip(scaled, {.format = format}).dequantized == expected);
  }
}

TEST_CASE("the dynamic map has the values of its construction") {
  const auto& map = dynamic_map();
  CHECK(std::is_sorted(map.begin(), map.end(), std::less_equal<>()));
  const auto near = [](double value) { return doctest::Approx(value).epsilon(1e-7); };
  CHECK(map[0] == near(-0.992968738));
  CHECK(map[1] == near(-0.978906214));
  CHECK(map[127] == 0);
  CHECK(map[128] == near(5.5e-7));
  CHECK(map[126] == near(-5.5e-7));
  CHECK(map[129] == near(3.25e-6));
  CHECK(map[130] == near(7.75e-6));
  CHECK(map[252] == near(0.964843750));
  CHECK(map[254] == near(0.992968738));
  CHECK(map[255] == 1);
  for (std::size_t i = 0; i < 256; ++i) {
    CHECK(nearest_dynamic(map[i]) == i);
    if (i == 255) break;
    const float middle = (map[i] + map[i + 1]) / 2;
    CHECK(nearest_dynamic(middle) == i);
    CHECK(nearest_dynamic(std::nextafter(middle, 2.0f)) == i + 1);
  }
}

TEST_CASE("known answers of double quantization") {
  std::vector<float> scales;
  for (int i = 0; i < 256; ++i) scales.push_back(static_cast<float>(1.0 + 0.01 * i));
  std::vector<std::uint8_t> codes(256);
  std::vector<float> absmax(1);
  CompressedScales compressed{.codes = codes, .absmax = absmax};
  compress_scales(scales, compressed);
  CHECK(compressed.offset == doctest::Approx(2.2750001).epsilon(1e-8));
  CHECK(absmax[0] == doctest::Approx(1.2750001).epsilon(1e-7));
  CHECK(std::vector(codes.begin(), codes.begin() + 6) == std::vector<std::uint8_t>{0, 0, 1, 1, 2, 2});
  CHECK(std::vector(codes.end() - 4, codes.end()) == std::vector<std::uint8_t>{253, 253, 254, 255});
  const auto restored = [&](std::size_t i) {
    return decompressed_scale(codes[i], absmax[0], compressed.offset);
  };
  CHECK(restored(0) == doctest::Approx(1.0089649).epsilon(1e-7));
  CHECK(restored(128) == doctest::Approx(2.28021955).epsilon(1e-7));
  CHECK(restored(255) == doctest::Approx(3.55000019).epsilon(1e-7));
}

TEST_CASE("double-quantized NF4 has the codes of NF4 under scales that are nearly the same") {
  const auto weights = sample_weights({.count = 64 * 600 + 5, .sigma = 0.02, .seed = 2});
  const std::size_t codes_size = (weights.size() + 1) / 2;
  const Packed plain = pack(weights, {.format = "nf4"});
  const Packed twice = pack(weights, {.format = "nf4_dq"});
  CHECK(twice.bytes.size() == codes_size + 601 + 3 * 4 + 4);
  CHECK(std::equal(plain.bytes.begin(), plain.bytes.begin() + static_cast<std::ptrdiff_t>(codes_size),
                   twice.bytes.begin()));
  const auto once_back = unpack(plain.bytes, plain.spec);
  const auto twice_back = unpack(twice.bytes, twice.spec);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    CHECK(std::abs(once_back[i] - twice_back[i]) <= 0.02f * std::abs(once_back[i]));
  }
  CHECK(format_info("nf4").bits_per_weight == 4.5);
  CHECK(format_info("nf4_dq").bits_per_weight == 4.126953125);
  // One block, and blocks that are all alike: nothing is left to compress but their mean.
  const std::vector<float> alike(640, -0.5f);
  CHECK(round_trip(alike, {.format = "nf4_dq"}).dequantized == alike);
}

TEST_CASE("codebook formats refuse scales that are not finite") {
  for (const char* const format : {"nf4", "nf4_dq", "fp4"}) {
    Packed packed = pack(test::ramp(64, 8), {.format = format});
    packed.bytes.back() = 0x7f;
    packed.bytes[packed.bytes.size() - 2] = 0x80;
    CHECK_THROWS_WITH_AS(unpack(packed.bytes, packed.spec), doctest::Contains("block 0 is not finite"),
                         EngineError);
  }
}

}  // namespace compression
