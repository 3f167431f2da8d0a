#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/float16.h"
#include "engine/formats/packed.h"
#include "engine/formats/scale.h"
#include "engine/tensor/random.h"
#include "tests/engine/reference.h"

namespace compression {
namespace {

std::string format_of(int bits) {
  return "uint" + std::to_string(bits);
}

/// One packed group taken apart.
struct Group1 {
  std::vector<int> codes;
  float scale;
  int zero_point;
};

Group1 taken_apart(const Packed& packed, int bits) {
  const std::size_t count = packed.spec.rows * packed.spec.cols;
  const std::span bytes(packed.bytes);
  const std::size_t codes_size = (count * static_cast<std::size_t>(bits) + 7) / 8;
  Group1 group{.codes = reference::unpack_codes(bytes, count, bits), .scale = 0, .zero_point = 0};
  read_scales(bytes.subspan(codes_size, scale_size(packed.spec.scales)), packed.spec.scales,
              {&group.scale, 1});
  group.zero_point = packed.bytes.back();
  return group;
}

/// One group packed and unpacked, against the definition under the scale that was stored.
void check_one_group(std::span<const float> weights, int bits, ScaleType type) {
  const PackOptions options{.format = format_of(bits), .scales = type};
  const Packed packed = pack(weights, options);
  const auto [codes, scale, zero_point] = taken_apart(packed, bits);
  const int highest = (1 << bits) - 1;
  float lowest = std::min(0.0f, *std::min_element(weights.begin(), weights.end()));
  float largest = std::max(0.0f, *std::max_element(weights.begin(), weights.end()));
  if (lowest == 0 && largest == 0) lowest = -1, largest = 1;
  REQUIRE(scale == stored_scale(largest - lowest, highest, type));
  REQUIRE(zero_point == static_cast<int>(std::nearbyint(-lowest / scale)));
  const auto back = unpack(packed.bytes, packed.spec);
  std::vector<float> faked(weights.size());
  fake_quantize(weights, options, faked);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const int code =
        std::clamp(static_cast<int>(std::nearbyint(weights[i] / scale)) + zero_point, 0, highest);
    REQUIRE(codes[i] == code);
    REQUIRE(back[i] == scale * static_cast<float>(code - zero_point));
    REQUIRE(std::signbit(back[i]) == (code < zero_point));
    REQUIRE(faked[i] == back[i]);
    REQUIRE(std::signbit(faked[i]) == std::signbit(back[i]));
    // Half a step, and at the end of the range what rounding the scale down took from it. Quotients, the
    // product and the range are each rounded once.
    const double range = static_cast<double>(largest) - lowest;
    const double clipped = std::max(0.0, range - highest * static_cast<double>(scale));
    const double slack = 0x1p-21 * range + 0x1p-149;
    REQUIRE(std::abs(static_cast<double>(weights[i]) - back[i]) <= 0.5 * scale + clipped + slack);
    REQUIRE(std::isfinite(back[i]));
    if (weights[i] == 0) REQUIRE(back[i] == 0);
  }
}

}  // namespace

TEST_CASE("known answers of the asymmetric grids") {
  const std::vector<float> v = {-1.2f, -0.7f, -0.35f, -0.1f, 0.0f, 0.05f, 0.4f, 0.9f, 1.5f, 2.0f};
  struct Answer {
    int bits;
    double scale;
    int zero_point;
    std::vector<int> codes;
    double rmse;
  };
  for (const Answer& answer : {
           Answer{8, 0.0125490194, 96, {0, 40, 68, 88, 96, 100, 128, 168, 216, 255}, 0.00321592},
           Answer{4, 0.213333338, 6, {0, 3, 4, 6, 6, 6, 8, 10, 13, 15}, 0.0614094},
           Answer{3, 0.45714286, 3, {0, 1, 2, 3, 3, 3, 4, 5, 6, 7}, 0.121932},
           Answer{2, 1.06666672, 1, {0, 0, 1, 1, 1, 1, 1, 2, 2, 3}, 0.260875},
       }) {
    const PackOptions options{.format = format_of(answer.bits), .scales = ScaleType::fp32};
    const Group1 group = taken_apart(pack(v, options), answer.bits);
    CHECK(group.codes == answer.codes);
    CHECK(group.scale == doctest::Approx(answer.scale).epsilon(1e-8));
    CHECK(group.zero_point == answer.zero_point);
    CHECK(round_trip(v, options).rmse == doctest::Approx(answer.rmse).epsilon(5e-6));
  }
}

TEST_CASE("asymmetric grids of all lengths, widths and one-sided ranges equal the naive form") {
  const auto weights =
      sample_weights({.count = 70, .sigma = 1, .outlier_fraction = 0.1, .outlier_scale = 5, .seed = 9});
  for (const ScaleType type : {ScaleType::fp16, ScaleType::fp32}) {
    for (int bits = 2; bits <= 8; ++bits) {
      for (std::size_t length = 1; length <= weights.size(); ++length) {
        for (const float shift : {0.0f, 40.0f, -40.0f}) {
          auto shifted = weights;
          for (float& weight : shifted) weight += shift;
          check_one_group(std::span(shifted).first(length), bits, type);
        }
      }
    }
  }
}

TEST_CASE("asymmetric grids of all magnitudes equal the naive form") {
  const auto shape = sample_weights({.count = 33, .sigma = 1, .seed = 10});
  for (const ScaleType type : {ScaleType::fp16, ScaleType::fp32}) {
    const int top = type == ScaleType::fp16 ? 14 : 124;
    for (int bits = 2; bits <= 8; ++bits) {
      for (int exponent = -149; exponent <= top; ++exponent) {
        std::vector<float> weights;
        for (const float value : shape) weights.push_back(std::ldexp(value, exponent));
        check_one_group(weights, bits, type);
      }
    }
  }
}

TEST_CASE("a group of zeros and a group of one sign") {
  check_one_group(std::vector<float>(9, 0.0f), 4, ScaleType::fp16);
  check_one_group(std::vector<float>(9, -0.0f), 8, ScaleType::fp32);
  check_one_group(std::vector<float>(9, 3.0f), 4, ScaleType::fp32);
  check_one_group(std::vector<float>(9, -3.0f), 2, ScaleType::fp32);
  const Packed packed = pack(std::vector<float>(4, 0.0f), {.format = "uint4"});
  CHECK(packed.bytes ==
        std::vector<std::uint8_t>{0x88, 0x88, 0x44, 0x30, 0x08});  // fp16(2 / 15), zero point 8
}

TEST_CASE("groups have their own grids, zero points packed behind the scales") {
  // Three rows of ten in groups of four: nine groups of 3-bit codes.
  const auto weights = sample_weights({.count = 30, .sigma = 1, .seed = 2});
  const Packed packed = pack(weights, {.format = "uint3", .group = {4}, .rows = 3});
  CHECK(packed.bytes.size() == 12 + 9 * 2 + 4);
  const auto zero_points = reference::unpack_codes(std::span(packed.bytes).last(4), 9, 3);
  const auto all = unpack(packed.bytes, packed.spec);
  for (std::size_t group = 0; group < 9; ++group) {
    const std::size_t begin = group / 3 * 10 + group % 3 * 4;
    const std::size_t length = group % 3 == 2 ? 2 : 4;
    const Packed alone = pack(std::span(weights).subspan(begin, length), {.format = "uint3"});
    CHECK(zero_points[group] == alone.bytes.back());
    const auto back = unpack(alone.bytes, alone.spec);
    CHECK(std::equal(back.begin(), back.end(), all.begin() + static_cast<std::ptrdiff_t>(begin)));
  }
}

TEST_CASE("zero points count as bits") {
  CHECK(bits_per_weight("uint4", {128}) == 4.15625);
  CHECK(bits_per_weight("uint3", {64}) == 3.296875);
  CHECK(bits_per_weight("uint8", {32}) == 8.75);
  CHECK(bits_per_weight("uint2", {64}, ScaleType::fp32) == 2 + 34.0 / 64);
  CHECK(pack(std::vector<float>(6400, 1.0f), {.format = "uint4", .group = {64}}).bits_per_weight() == 4.3125);
}

TEST_CASE("ranges that no scale can span are refused") {
  const float largest = std::numeric_limits<float>::max();
  CHECK_THROWS_WITH_AS(
      pack(std::vector<float>{1, largest, -largest}, {.format = "uint4", .scales = ScaleType::fp32}),
      doctest::Contains("group 0 spans"), EngineError);
  CHECK_THROWS_WITH_AS(pack(std::vector<float>{1, -1e6f}, {.format = "uint4"}),
                       doctest::Contains("store scales as fp32"), EngineError);
  check_one_group(std::vector<float>{largest, 1}, 4, ScaleType::fp32);
}

}  // namespace compression
