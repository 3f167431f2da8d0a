#include "engine/formats/float16.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/formats/packed.h"
#include "tests/engine/digest.h"
#include "tests/engine/reference.h"

namespace compression {
namespace {

float from_bits(std::uint32_t bits) {
  return std::bit_cast<float>(bits);
}

/// Checks that `encode` picks the nearest code, ties to even, around the middle between each two neighbours.
template <class Encode, class Decode>
void check_rounding(Encode encode, Decode decode, std::uint16_t infinity) {
  for (std::uint32_t code = 0; code + 1 < infinity; ++code) {
    const double low = decode(static_cast<std::uint16_t>(code));
    const double high = decode(static_cast<std::uint16_t>(code + 1));
    const auto middle =
        static_cast<float>(low + (high - low) / 2);  // exact: both need fewer bits than a float has
    CHECK(encode(middle) == (code % 2 == 0 ? code : code + 1));
    CHECK(encode(std::nextafter(middle, 0.0f)) == code);
    CHECK(encode(std::nextafter(middle, INFINITY)) == code + 1);
    CHECK(encode(-middle) == ((code % 2 == 0 ? code : code + 1) | 0x8000));
  }
}

}  // namespace

TEST_CASE("all 65,536 fp16 codes decode by definition and come back") {
  for (std::uint32_t code = 0; code < 65536; ++code) {
    const float value = float_from_fp16(static_cast<std::uint16_t>(code));
    const double expected = reference::small_float(code, 5, 10);
    if (std::isnan(expected)) {
      CHECK(std::isnan(value));
      CHECK(fp16_from_float(value) == ((code & 0x8000) | 0x7e00));
    } else {
      CHECK(value == expected);
      CHECK(fp16_from_float(value) == code);
    }
  }
}

TEST_CASE("all 65,536 bf16 codes decode by definition and come back") {
  for (std::uint32_t code = 0; code < 65536; ++code) {
    const float value = float_from_bf16(static_cast<std::uint16_t>(code));
    const double expected = reference::small_float(code, 8, 7);
    if (std::isnan(expected)) {
      CHECK(std::isnan(value));
      CHECK(bf16_from_float(value) == (code | 0x40));
    } else {
      CHECK(value == expected);
      CHECK(bf16_from_float(value) == code);
    }
  }
}

TEST_CASE("all 65,536 codes are unpacked as they decode one by one, whatever stands beside them") {
  const auto check = [](const std::string& format, auto decode) {
    // Codes in order stand among their like; the others are beside an infinity, a subnormal and a 0 each.
    std::vector<std::uint16_t> codes;
    for (std::uint32_t code = 0; code < 65536; ++code) codes.push_back(static_cast<std::uint16_t>(code));
    for (std::uint32_t code = 0; code < 65536; ++code) {
      for (const std::uint32_t one : {code, 0x7c00u, 0x8001u, 0u})
        codes.push_back(static_cast<std::uint16_t>(one));
    }
    std::vector<std::uint8_t> bytes;
    for (const std::uint16_t code : codes) {
      bytes.push_back(static_cast<std::uint8_t>(code));
      bytes.push_back(static_cast<std::uint8_t>(code >> 8));
    }
    const std::vector<float> numbers = unpack(bytes, {.format = format, .rows = 1, .cols = codes.size()});
    REQUIRE(numbers.size() == codes.size());
    for (std::size_t i = 0; i < codes.size(); ++i) {
      REQUIRE(std::bit_cast<std::uint32_t>(numbers[i]) == std::bit_cast<std::uint32_t>(decode(codes[i])));
    }
  };
  check("fp16", float_from_fp16);
  check("bf16", float_from_bf16);
}

TEST_CASE("rounding is to nearest, ties to even, between all neighbours") {
  check_rounding(fp16_from_float, float_from_fp16, 0x7c00);
  check_rounding(bf16_from_float, float_from_bf16, 0x7f80);
}

TEST_CASE("known answers of fp16") {
  const std::vector<std::pair<double, int>> answers = {
      {0.1, 0x2e66},           {1.0 / 3, 0x3555}, {1.0, 0x3c00},       {1.00048828125, 0x3c00},
      {1.00146484375, 0x3c02}, {2049.0, 0x6800},  {2051.0, 0x6802},    {65504.0, 0x7bff},
      {65519.0, 0x7bff},       {65520.0, 0x7c00}, {1e6, 0x7c00},       {0x1p-14, 0x0400},
      {0x1p-24, 0x0001},       {0x1p-25, 0x0000}, {0x1.8p-24, 0x0002}, {0x1.4p-23, 0x0002},
      {1e-8, 0x0000},          {-0.0, 0x8000},    {INFINITY, 0x7c00},  {-INFINITY, 0xfc00}};
  for (const auto& [value, code] : answers) {
    CAPTURE(value);
    CHECK(fp16_from_float(static_cast<float>(value)) == code);
  }
}

TEST_CASE("known answers of bf16") {
  const std::vector<std::pair<std::uint32_t, int>> answers = {
      {0x3f800000, 0x3f80}, {0x3dcccccd, 0x3dcd}, {0x40490fdb, 0x4049}, {0x3f808000, 0x3f80},
      {0x3f818000, 0x3f82}, {0x3f808001, 0x3f81}, {0x7f7fffff, 0x7f80}, {0x7f7f7fff, 0x7f7f},
      {0x7f800001, 0x7fc0}, {0xffc12345, 0xffc1}, {0x7f800000, 0x7f80}, {0x00008000, 0x0000},
      {0x00018000, 0x0002}, {0x80000001, 0x8000}};
  for (const auto& [bits, code] : answers) {
    CAPTURE(bits);
    CHECK(bf16_from_float(from_bits(bits)) == code);
  }
}

TEST_CASE("the digests of all numbers of fp16, as floats and as bf16") {
  test::Digest floats;
  test::Digest bf16;
  for (std::uint32_t code = 0; code < 65536; ++code) {
    const float value = float_from_fp16(static_cast<std::uint16_t>(code));
    if (std::isnan(value)) continue;
    floats.add_one(value);
    bf16.add_one(bf16_from_float(value));
  }
  CHECK(floats.value() == 0x79586a56830da643);
  CHECK(bf16.value() == 0xd1ab9b305c8037bb);
}

TEST_CASE("whole tensors convert as single numbers do") {
  std::vector<float> values;
  for (std::uint32_t bits = 0; bits < 0x47800000; bits += 0x1237) {
    values.push_back(from_bits(bits));
    values.push_back(-from_bits(bits));
  }
  while (fp16_from_float(values.back()) == 0xfc00) values.resize(values.size() - 2);
  const auto fp16 = pack(values, {.format = "fp16"});
  const auto bf16 = pack(values, {.format = "bf16"});
  const auto code = [](const Packed& packed, std::size_t i) {
    return packed.bytes[2 * i] | packed.bytes[2 * i + 1] << 8;
  };
  for (std::size_t i = 0; i < values.size(); ++i) {
    CHECK(code(fp16, i) == fp16_from_float(values[i]));
    CHECK(code(bf16, i) == bf16_from_float(values[i]));
  }
}

}  // namespace compression
