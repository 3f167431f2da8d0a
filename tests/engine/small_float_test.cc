#include "engine/formats/small_float.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/formats/e8m0.h"
#include "engine/formats/float16.h"
#include "engine/formats/packed.h"
#include "engine/formats/registry.h"
#include "engine/tensor/random.h"
#include "tests/engine/digest.h"
#include "tests/engine/reference.h"

namespace compression {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// One format as the tests see it: its fields written down a second time, and its digests.
struct Subject {
  std::string id;
  int exponent_bits, mantissa_bits, largest;
  std::int32_t (*encode)(float, Overflow);
  float (*decode)(std::int32_t);
  std::uint64_t decoded, encoded;  // formats-and-methods' exhaustive checks (a) and (b)

  [[nodiscard]] int bits() const { return 1 + exponent_bits + mantissa_bits; }
  [[nodiscard]] int sign() const { return 1 << (bits() - 1); }
};

template <SmallFloat fields>
Subject subject(std::string id, int exponent_bits, int mantissa_bits, int largest, std::uint64_t decoded,
                std::uint64_t encoded) {
  return {.id = std::move(id),
          .exponent_bits = exponent_bits,
          .mantissa_bits = mantissa_bits,
          .largest = largest,
          .encode = small_float_from_float<fields>,
          .decode = float_from_small_float<fields>,
          .decoded = decoded,
          .encoded = encoded};
}

std::vector<Subject> subjects() {
  return {
      subject<fp8_e4m3_fields>("fp8_e4m3", 4, 3, 0x7e, 0xea001b2a5f12ca5b, 0x910eb1d6ffeee571),
      subject<fp8_e5m2_fields>("fp8_e5m2", 5, 2, 0x7b, 0x2bff28cc24c9c3b2, 0x38b079bb662504c9),
      subject<fp6_e2m3_fields>("fp6_e2m3", 2, 3, 0x1f, 0xaa8b58c0bb18c59d, 0x4dddbe5c1a94c291),
      subject<fp6_e3m2_fields>("fp6_e3m2", 3, 2, 0x1f, 0xfcd951c2bd171d64, 0x958ea4b9a7de0e11),
      subject<fp4_e2m1_fields>("fp4_e2m1", 2, 1, 0x07, 0x425badaf02dcf2da, 0x4e8926c97fc4e0d9),
  };
}

/// All finite numbers of fp16 and bf16.
std::vector<float> all_sixteen_bit_numbers() {
  std::vector<float> values;
  for (std::uint32_t code = 0; code < 65536; ++code) {
    for (const float value : {float_from_fp16(static_cast<std::uint16_t>(code)),
                              float_from_bf16(static_cast<std::uint16_t>(code))}) {
      if (std::isfinite(value)) values.push_back(value);
    }
  }
  return values;
}

void check_answers(const Subject& tested, Overflow overflow,
                   const std::vector<std::pair<double, std::int32_t>>& answers) {
  CAPTURE(tested.id);
  for (const auto& [value, code] : answers) {
    CAPTURE(value);
    CHECK(tested.encode(static_cast<float>(value), overflow) == code);
  }
}

}  // namespace

TEST_CASE("every code of a small float decodes by definition and comes back") {
  for (const Subject& tested : subjects()) {
    CAPTURE(tested.id);
    const auto values = reference::magnitudes(tested.exponent_bits, tested.mantissa_bits, tested.largest);
    test::Digest digest;
    for (int code = 0; code <= tested.largest; ++code) {
      const float value = tested.decode(code);
      digest.add_one(value);
      CHECK(value == values[static_cast<std::size_t>(code)]);
      CHECK(tested.encode(value, Overflow::saturate) == code);
      CHECK(tested.decode(code | tested.sign()) == -value);
      CHECK(std::signbit(tested.decode(code | tested.sign())));
      CHECK(tested.encode(-value, Overflow::ieee) == (code | tested.sign()));
      if (code > 0) CHECK(tested.decode(code - 1) < value);
    }
    CHECK(digest.value() == tested.decoded);
  }
}

TEST_CASE("codes beyond the largest number are infinity and NaN") {
  for (const int sign : {0, 0x80}) {
    CHECK(std::isnan(float_from_small_float<fp8_e4m3_fields>(sign | 0x7f)));
    CHECK(float_from_small_float<fp8_e5m2_fields>(sign | 0x7c) == (sign == 0 ? infinity : -infinity));
    for (int code = 0x7d; code < 0x80; ++code) {
      CHECK(std::isnan(float_from_small_float<fp8_e5m2_fields>(sign | code)));
    }
  }
}

TEST_CASE("all numbers of fp16 give the digests of the small floats' codes") {
  for (const Subject& tested : subjects()) {
    CAPTURE(tested.id);
    test::Digest digest;
    for (std::uint32_t half = 0; half < 65536; ++half) {
      const float value = float_from_fp16(static_cast<std::uint16_t>(half));
      if (!std::isnan(value)) {
        digest.add_one(static_cast<std::uint8_t>(tested.encode(value, Overflow::saturate)));
      }
    }
    CHECK(digest.value() == tested.encoded);
  }
}

TEST_CASE("all numbers of fp16 and bf16 pack to the nearest code of a table") {
  const auto weights = all_sixteen_bit_numbers();
  for (const Subject& tested : subjects()) {
    for (const Overflow overflow : {Overflow::saturate, Overflow::ieee}) {
      CAPTURE(tested.id);
      const bool beyond = overflow == Overflow::ieee && tested.largest + 1 < tested.sign();
      const auto table = reference::magnitudes(tested.exponent_bits, tested.mantissa_bits,
                                               tested.largest + (beyond ? 1 : 0));
      const Packed packed = pack(weights, {.format = tested.id, .overflow = overflow});
      const auto codes = reference::unpack_codes(packed.bytes, weights.size(), tested.bits());
      const auto values = unpack(packed.bytes, packed.spec);
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < weights.size(); ++i) {
        const int magnitude = reference::nearest(std::abs(static_cast<double>(weights[i])), table);
        const int code = magnitude | (std::signbit(weights[i]) ? tested.sign() : 0);
        const float value = tested.decode(code);
        wrong += codes[i] != code ? 1 : 0;
        wrong += std::bit_cast<std::uint32_t>(values[i]) != std::bit_cast<std::uint32_t>(value) ? 1 : 0;
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("known answers of fp8") {
  const auto all = subjects();
  check_answers(all[0], Overflow::saturate,
                {{0.0, 0x00},          {-0.0, 0x80},          {0.1, 0x1d},          {-0.3, 0xaa},
                 {1.0, 0x38},          {1.0625, 0x38},        {1.1875, 0x3a},       {0.4375, 0x2e},
                 {3.14159265, 0x45},   {17.0, 0x58},          {18.0, 0x59},         {19.0, 0x5a},
                 {100.0, 0x6c},        {240.0, 0x77},         {248.0, 0x78},        {432.0, 0x7e},
                 {447.9, 0x7e},        {448.0, 0x7e},         {456.0, 0x7e},        {464.0, 0x7e},
                 {464.1, 0x7e},        {1e9, 0x7e},           {INFINITY, 0x7e},     {0.015625, 0x08},
                 {0.0078125, 0x04},    {0.001953125, 0x01},   {0.0029296875, 0x02}, {0.0048828125, 0x02},
                 {0.0009765625, 0x00}, {0.00097666015625, 1}, {0.001, 0x01}});
  check_answers(all[0], Overflow::ieee,
                {{463.9, 0x7e},
                 {464.0, 0x7e},
                 {464.1, 0x7f},
                 {480.0, 0x7f},
                 {500.0, 0x7f},
                 {1e9, 0x7f},
                 {INFINITY, 0x7f},
                 {-1e9, 0xff}});
  check_answers(all[1], Overflow::saturate,
                {{0.1, 0x2e},
                 {-0.3, 0xb5},
                 {1.0, 0x3c},
                 {1.125, 0x3c},
                 {1.375, 0x3e},
                 {3.14159265, 0x42},
                 {100.0, 0x56},
                 {57344.0, 0x7b},
                 {61439.0, 0x7b},
                 {61440.0, 0x7b},
                 {65536.0, 0x7b},
                 {1e9, 0x7b},
                 {INFINITY, 0x7b},
                 {6.103515625e-05, 0x04},
                 {1.52587890625e-05, 0x01},
                 {2.288818359375e-05, 0x02},
                 {7.62939453125e-06, 0x00},
                 {7.7056884765625e-06, 0x01}});
  check_answers(all[1], Overflow::ieee,
                {{61439.0, 0x7b}, {61440.0, 0x7c}, {65536.0, 0x7c}, {1e9, 0x7c}, {-INFINITY, 0xfc}});
}

TEST_CASE("known answers of fp6 and fp4") {
  const auto all = subjects();
  for (const Overflow overflow : {Overflow::saturate, Overflow::ieee}) {
    check_answers(all[2], overflow,
                  {{0.0625, 0x00},
                   {0.1, 0x01},
                   {0.1875, 0x02},
                   {0.9, 0x07},
                   {1.0625, 0x08},
                   {2.125, 0x10},
                   {3.9, 0x18},
                   {7.25, 0x1e},
                   {7.4, 0x1f},
                   {7.5, 0x1f},
                   {8.0, 0x1f},
                   {-3.1, 0x34}});
    check_answers(all[3], overflow,
                  {{0.03125, 0x00},
                   {0.0625, 0x01},
                   {0.1, 0x02},
                   {0.3, 0x05},
                   {1.125, 0x0c},
                   {1.375, 0x0e},
                   {5.5, 0x16},
                   {26.0, 0x1e},
                   {27.0, 0x1f},
                   {28.0, 0x1f},
                   {30.0, 0x1f},
                   {-3.1, 0x32}});
    check_answers(all[4], overflow,
                  {{0.25, 0x0},
                   {0.26, 0x1},
                   {0.5, 0x1},
                   {0.75, 0x2},
                   {1.25, 0x2},
                   {1.75, 0x4},
                   {2.5, 0x4},
                   {3.5, 0x6},
                   {5.0, 0x6},
                   {5.01, 0x7},
                   {6.0, 0x7},
                   {7.0, 0x7},
                   {100.0, 0x7},
                   {-0.25, 0x8},
                   {-0.75, 0xa},
                   {-5.0, 0xe}});
  }
}

TEST_CASE("codes are packed densely, the first in the lowest bits") {
  const std::vector<float> weights = {1, -1, 7.5f, -7.5f, 0.125f};
  CHECK(pack(weights, {.format = "fp6_e2m3"}).bytes ==
        reference::pack_codes(std::vector<std::uint8_t>{0x08, 0x28, 0x1f, 0x3f, 0x01}, 6));
  CHECK(pack(weights, {.format = "fp4_e2m1"}).bytes == std::vector<std::uint8_t>{0xa2, 0xf7, 0x00});
  CHECK(pack(weights, {.format = "fp8_e5m2"}).bytes ==
        std::vector<std::uint8_t>{0x3c, 0xbc, 0x48, 0xc8, 0x30});
}

TEST_CASE("all lengths of small floats equal the single conversions") {
  const auto weights = sample_weights({.count = 70, .sigma = 3, .seed = 4});
  for (const Subject& tested : subjects()) {
    for (std::size_t length = 0; length <= weights.size(); ++length) {
      const Packed packed = pack(std::span(weights).first(length), {.format = tested.id});
      CHECK(packed.bytes.size() == (length * static_cast<std::size_t>(tested.bits()) + 7) / 8);
      const auto codes = reference::unpack_codes(packed.bytes, length, tested.bits());
      const auto values = unpack(packed.bytes, packed.spec);
      for (std::size_t i = 0; i < length; ++i) {
        CHECK(codes[i] == tested.encode(weights[i], Overflow::saturate));
        CHECK(values[i] == tested.decode(codes[i]));
      }
    }
  }
}

TEST_CASE("the errors of small floats are half a step, and zero for what they hold") {
  for (const Subject& tested : subjects()) {
    const float smallest_step = tested.decode(1);
    const float top = tested.decode(tested.largest);
    for (const float value : sample_weights({.count = 2000, .sigma = 2, .seed = 6})) {
      if (std::abs(value) > top) continue;
      const float back = tested.decode(tested.encode(value, Overflow::saturate));
      const float half_step = std::max(smallest_step, std::exp2(std::floor(std::log2(std::abs(value)))) *
                                                          std::ldexp(1.0f, -tested.mantissa_bits)) /
                              2;
      CHECK(std::abs(value - back) <= half_step);
      CHECK(tested.decode(tested.encode(back, Overflow::saturate)) == back);
    }
  }
}

TEST_CASE("overflow by IEEE makes infinity and NaN, which only the caller's choice can do") {
  const std::vector<float> weights = {1, 1e6f, -1e6f};
  const PackOptions ieee{.format = "fp8_e5m2", .overflow = Overflow::ieee};
  std::vector<float> faked(3);
  fake_quantize(weights, ieee, faked);
  CHECK(faked == std::vector<float>{1, infinity, -infinity});
  const Packed packed = pack(weights, {.format = "fp8_e4m3", .overflow = Overflow::ieee});
  CHECK(packed.bytes == std::vector<std::uint8_t>{0x38, 0x7f, 0xff});
  CHECK(std::isnan(unpack(packed.bytes, packed.spec)[1]));
  CHECK(unpack(pack(weights, {.format = "fp8_e4m3"}).bytes, packed.spec)[2] == -448);
  CHECK_THROWS_WITH_AS(round_trip(weights, ieee), doctest::Contains("Infinity"), EngineError);
}

TEST_CASE("E8M0 is the exponent of a float32") {
  CHECK(std::bit_cast<std::uint32_t>(float_from_e8m0(0x00)) == 0x00400000);
  CHECK(std::bit_cast<std::uint32_t>(float_from_e8m0(0x01)) == 0x00800000);
  CHECK(float_from_e8m0(0x7f) == 1);
  CHECK(float_from_e8m0(0x80) == 2);
  CHECK(float_from_e8m0(0xfe) == 0x1p127f);
  CHECK(std::isnan(float_from_e8m0(0xff)));
  for (int code = 0; code <= e8m0_largest; ++code) {
    const float value = float_from_e8m0(code);
    CHECK(value == std::ldexp(1.0, code - 127));
    CHECK(e8m0_from_float(value) == code);
    if (code < e8m0_largest) {
      const float middle = 1.5f * value;
      CHECK(e8m0_from_float(std::nextafter(middle, 0.0f)) == code);
      CHECK(e8m0_from_float(middle) == (code % 2 == 0 ? code : code + 1));
      CHECK(e8m0_from_float(std::nextafter(middle, infinity)) == code + 1);
    }
  }
}

TEST_CASE("E8M0 keeps magnitudes only, and saturates at both ends") {
  const std::vector<float> weights = {3, -3, 0, -0.0f, 1e-45f, std::numeric_limits<float>::max(), -0.75f};
  const std::vector<float> expected = {2, 2, 0x1p-127f, 0x1p-127f, 0x1p-127f, 0x1p127f, 0.5f};
  const Packed packed = pack(weights, {.format = "e8m0"});
  CHECK(packed.bytes == std::vector<std::uint8_t>{128, 128, 0, 0, 0, 254, 126});
  CHECK(unpack(packed.bytes, packed.spec) == expected);
  CHECK(levels("e8m0", 8).back() == 8);
  CHECK(levels("e8m0", 0).empty());
  CHECK(levels("e8m0", 3e38f).size() == format_info("e8m0").levels);
}

}  // namespace compression
