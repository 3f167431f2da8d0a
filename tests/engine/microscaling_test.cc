#include "engine/formats/microscaling.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/nvfp4.h"
#include "engine/formats/packed.h"
#include "engine/formats/registry.h"
#include "engine/tensor/random.h"
#include "tests/engine/reference.h"
#include "tests/engine/vectors.h"

namespace compression {
namespace {

using test::hexadecimal;

/// A format's elements, written down a second time: bits, and what the codes without sign stand for.
struct Elements {
  std::string id;
  int bits;
  std::vector<double> magnitudes;
  bool twos_complement = false;

  /// The code of a value that has been divided by its scale.
  [[nodiscard]] int code(double value) const {
    const int magnitude = reference::nearest(std::abs(value), magnitudes);
    if (!std::signbit(value)) return magnitude;
    return twos_complement ? (256 - magnitude) & 255 : magnitude | 1 << (bits - 1);
  }
  [[nodiscard]] double value(int code) const {
    const bool negative = code >> (bits - 1) != 0;
    const int magnitude = !negative ? code : (twos_complement ? 256 - code : code - (1 << (bits - 1)));
    return (negative ? -1.0 : 1.0) * magnitudes[static_cast<std::size_t>(magnitude)];
  }
};

std::vector<Elements> all_elements() {
  std::vector<double> sixty_fourths;
  for (int i = 0; i <= 127; ++i) sixty_fourths.push_back(i / 64.0);
  return {{"mxfp8_e4m3", 8, reference::magnitudes(4, 3, 0x7e)},
          {"mxfp6_e2m3", 6, reference::magnitudes(2, 3, 0x1f)},
          {"mxfp6_e3m2", 6, reference::magnitudes(3, 2, 0x1f)},
          {"mxfp4", 4, reference::magnitudes(2, 1, 0x07)},
          {"mxint8", 8, sixty_fourths, true}};
}

/// The exponent of the scale by its definition.
int scale_exponent(double absmax, double largest, ScaleRule rule) {
  if (absmax == 0) return -127;
  int exponent = std::ilogb(absmax) - std::ilogb(largest);
  if (rule == ScaleRule::ceil) {
    exponent = -200;
    while (std::ldexp(largest, exponent) < absmax) ++exponent;
  }
  return std::clamp(exponent, -127, 127);
}

/// Packs rows block by block in double, every element by a search of the table.
std::vector<std::uint8_t> packed_naively(std::span<const float> weights, std::size_t cols,
                                         const Elements& elements, ScaleRule rule) {
  std::vector<std::uint8_t> codes;
  std::vector<std::uint8_t> scales;
  for (std::size_t row = 0; row < weights.size(); row += cols) {
    for (std::size_t col = 0; col < cols; col += 32) {
      const auto block = weights.subspan(row + col, std::min<std::size_t>(32, cols - col));
      const int exponent = scale_exponent(reference::absmax(block), elements.magnitudes.back(), rule);
      scales.push_back(static_cast<std::uint8_t>(exponent + 127));
      for (const float weight : block) {
        codes.push_back(static_cast<std::uint8_t>(elements.code(std::ldexp(double{weight}, -exponent))));
      }
      codes.resize((codes.size() + 31) / 32 * 32);
    }
  }
  auto bytes = reference::pack_codes(codes, elements.bits);
  bytes.insert(bytes.end(), scales.begin(), scales.end());
  return bytes;
}

}  // namespace

TEST_CASE("known answers of the microscaling blocks") {
  struct Answer {
    std::string id;
    int scale;
    std::string codes;
    double rmse;
  };
  const auto check = [](const std::vector<float>& block, const Answer& answer) {
    CAPTURE(answer.id);
    const Packed packed = pack(block, {.format = answer.id});
    const int bits = static_cast<int>(packed.bytes.size() - 1) / 4;
    CHECK(packed.bytes.back() == answer.scale);
    const auto codes = reference::unpack_codes(packed.bytes, 32, bits);
    CHECK(hexadecimal(codes, bits == 4 ? 1 : 2) == answer.codes);
    CHECK(round_trip(block, {.format = answer.id}).rmse == doctest::Approx(answer.rmse).epsilon(1e-8));
  };
  const auto ramp = test::ramp(32, 4);
  check(ramp, {"mxfp8_e4m3", 0x79,
               "f8f7f6f5f4f3f2f1f0eeeceae8e4e0d80058606468"
               "6a6c6e7071727374757677",
               0});
  check(ramp, {"mxfp6_e3m2", 0x7d,
               "3c3c3b3a3a3a393838373635343230"
               "2c000c1012141516171818191a1a1a1b1c",
               0.125});
  check(ramp, {"mxfp6_e2m3", 0x7f,
               "383736353433323130"
               "2e2c2a28262422000204060"
               "80a0c0e1011121314151617",
               0});
  check(ramp, {"mxfp4", 0x7f, "eeedddccccbaaa980012223444455566", 0.25});
  check(ramp, {"mxint8", 0x81, "c0c4c8ccd0d4d8dce0e4e8ecf0f4f8fc0004080c1014181c2024282c3034383c", 0});
  const auto scrambled = test::scrambled(32);
  check(scrambled, {"mxfp8_e4m3", 0x77, "fad879f6687bf271fce976f9507af56b7cf072fbe478f8607af46efced74fadc",
                    0.0264934765});
  check(scrambled, {"mxfp6_e3m2", 0x7b, "3d2c1c3b141e39183e341b3c081d3a161e38193d321c3c101d3a173e361a3d2e",
                    0.0475215823});
  check(scrambled, {"mxfp6_e2m3", 0x7d, "3a221936081b32113c291639011a350b1c30123b261838041a340e3c2d143a23",
                    0.0264934765});
  check(scrambled, {"mxfp4", 0x7d, "e86e27c4fa6e06d37c5fa6e17d4fb5e9", 0.101261573});
  check(scrambled, {"mxint8", 0x7f, "b2fc46c6105ada24a4ee38b8024ccc1660e02aaaf43ebe0852d21c9ce630b0fa", 0});
  CHECK(hexadecimal(pack(ramp, {.format = "mxfp4"}).bytes, 2) == "eededdccccabaa8900212243445455667f");
}

TEST_CASE("known answers of the shared exponent") {
  const auto exponents = [](double absmax, ScaleRule rule = ScaleRule::floor) {
    const auto bits = std::bit_cast<std::int32_t>(static_cast<float>(absmax));
    return std::vector<int>{microscale_code<FloatElement<fp4_e2m1_fields>>(bits, rule) - 127,
                            microscale_code<FloatElement<fp6_e2m3_fields>>(bits, rule) - 127,
                            microscale_code<FloatElement<fp6_e3m2_fields>>(bits, rule) - 127,
                            microscale_code<FloatElement<fp8_e4m3_fields>>(bits, rule) - 127,
                            microscale_code<FloatElement<fp8_e5m2_fields>>(bits, rule) - 127,
                            microscale_code<IntegerElement>(bits, rule) - 127};
  };
  CHECK(exponents(1.0) == std::vector{-2, -2, -4, -8, -15, 0});
  for (const double absmax : {5.9, 6.0, 7.99}) CHECK(exponents(absmax) == std::vector{0, 0, -2, -6, -13, 2});
  CHECK(exponents(8.0) == std::vector{1, 1, -1, -5, -12, 3});
  CHECK(exponents(0x1p-126) == std::vector{-127, -127, -127, -127, -127, -126});
  CHECK(exponents(3e38) == std::vector{125, 125, 123, 119, 112, 127});
  CHECK(exponents(1023.99994).back() == 9);  // where log2 in float32 rounds to 10
  CHECK(exponents(6.0, ScaleRule::ceil)[0] == 0);
  CHECK(exponents(6.01)[0] == 0);
  CHECK(exponents(6.01, ScaleRule::ceil)[0] == 1);
  CHECK(exponents(448, ScaleRule::ceil)[3] == 0);
  CHECK(exponents(449)[3] == 0);
  CHECK(exponents(449, ScaleRule::ceil)[3] == 1);
  CHECK(exponents(3.4e38, ScaleRule::ceil)[5] == 127);
}

TEST_CASE("microscaling of all lengths and magnitudes equals the naive form") {
  const auto shape =
      sample_weights({.count = 2 * 71, .sigma = 1, .outlier_fraction = 0.05, .outlier_scale = 8, .seed = 3});
  for (const Elements& elements : all_elements()) {
    for (const ScaleRule rule : {ScaleRule::floor, ScaleRule::ceil}) {
      for (const double magnitude : {1.0, 0x1p-149, 1e-40, 0x1p-126, 1e-20, 1e20, 8e36, 0.0}) {
        for (std::size_t cols = 1; cols <= 71; cols += magnitude == 1.0 ? 1 : 7) {
          std::vector<float> weights;
          for (std::size_t i = 0; i < 2 * cols; ++i)
            weights.push_back(static_cast<float>(shape[i] * magnitude));
          const PackOptions options{.format = elements.id, .rows = 2, .scale_rule = rule};
          const Packed packed = pack(weights, options);
          CAPTURE(elements.id);
          CAPTURE(magnitude);
          CAPTURE(cols);
          REQUIRE(packed.bytes == packed_naively(weights, cols, elements, rule));
          const auto back = unpack(packed.bytes, packed.spec);
          const std::size_t blocks = (cols + 31) / 32;
          const auto codes = reference::unpack_codes(packed.bytes, 2 * blocks * 32, elements.bits);
          const auto scales = std::span(packed.bytes).last(2 * blocks);
          for (std::size_t i = 0; i < weights.size(); ++i) {
            const std::size_t block = i / cols * blocks + i % cols / 32;
            const double element = elements.value(codes[block * 32 + i % cols % 32]);
            const auto expected = static_cast<float>(std::ldexp(element, scales[block] - 127));
            REQUIRE(back[i] == expected);
          }
        }
      }
    }
  }
}

TEST_CASE("microscaling of what it gave back loses nothing, and powers of two pass through") {
  const auto weights = sample_weights({.count = 640, .sigma = 0.02, .seed = 8});
  for (const Elements& elements : all_elements()) {
    const auto once = round_trip(weights, {.format = elements.id}).dequantized;
    CHECK(round_trip(once, {.format = elements.id}).dequantized == once);
    auto scaled = weights;
    for (float& weight : scaled) weight *= -0x1p10f;
    auto expected = once;
    for (float& weight : expected) weight *= -0x1p10f;
    CHECK(round_trip(scaled, {.format = elements.id}).dequantized == expected);
  }
}

TEST_CASE("with the ceiling rule no weight is clipped") {
  const auto weights = sample_weights({.count = 6400, .sigma = 0.02, .seed = 8});
  for (const Elements& elements : all_elements()) {
    const auto result = round_trip(weights, {.format = elements.id, .scale_rule = ScaleRule::ceil});
    const double largest = elements.magnitudes.back();
    const double last_step = largest - elements.magnitudes[elements.magnitudes.size() - 2];
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const auto block = std::span(weights).subspan(i / 32 * 32, 32);
      const double scale =
          std::ldexp(1.0, scale_exponent(reference::absmax(block), largest, ScaleRule::ceil));
      CHECK(std::abs(static_cast<double>(weights[i]) - result.dequantized[i]) <= scale * last_step / 2);
    }
  }
}

TEST_CASE("known answers of NVFP4") {
  const auto check = [](const std::vector<float>& weights, const std::string& bytes,
                        std::uint32_t tensor_scale, double rmse, const std::vector<double>& first) {
    const Packed packed = pack(weights, {.format = "nvfp4"});
    CHECK(hexadecimal(packed.bytes, 2).substr(0, bytes.size()) == bytes);
    CHECK(std::bit_cast<std::uint32_t>(nvfp4_tensor_scale(reference::absmax(weights))) == tensor_scale);
    const RoundTrip result = round_trip(weights, {.format = "nvfp4"});
    CHECK(result.rmse == doctest::Approx(rmse).epsilon(1e-8));
    for (std::size_t i = 0; i < first.size(); ++i) {
      CHECK(result.dequantized[i] == doctest::Approx(first[i]).epsilon(2e-9));
    }
  };
  check(test::ramp(64, 8),
        "ffffffeeeeeeeeddffefeededdccab9a10224354656676775565666666767777"
        "7e76757e",
        0x3ac30c31, 0.249339215, {-4, -4, -4, -4});
  check(test::scrambled(64),
        "9fe6724cafe6603dc7f5691ed6f35b9ee6724dbfe5603dc7f46a1ed6735b9ee6"
        "7d7e7d7e",
        0x3a186186, 0.103523987, {-1.45089293, -0.120907739, 0.96726191, -0.96726191});
}

TEST_CASE("NVFP4 of all lengths and magnitudes equals the naive form") {
  const auto shape =
      sample_weights({.count = 2 * 39, .sigma = 1, .outlier_fraction = 0.05, .outlier_scale = 8, .seed = 3});
  const auto e2m1 = reference::magnitudes(2, 1, 7);
  const auto e4m3 = reference::magnitudes(4, 3, 0x7e);
  for (const float magnitude : {1.0f, 0x1p-149f, 1e-40f, 1e-30f, 1e30f, 0.0f}) {
    for (std::size_t cols = 1; cols <= 39; ++cols) {
      std::vector<float> weights(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(2 * cols));
      for (float& weight : weights) weight *= magnitude;
      const Packed packed = pack(weights, {.format = "nvfp4", .rows = 2});
      const auto back = unpack(packed.bytes, packed.spec);
      const std::size_t blocks = (cols + 15) / 16;
      const auto codes = reference::unpack_codes(packed.bytes, 2 * blocks * 16, 4);
      float tensor_scale = reference::absmax(weights) / 2688.0f;
      if (tensor_scale == 0) tensor_scale = 1;
      for (std::size_t i = 0; i < weights.size(); ++i) {
        const std::size_t row = i / cols, block = i % cols / 16;
        const auto members = std::span<const float>(weights).subspan(
            row * cols + block * 16, std::min<std::size_t>(16, cols - block * 16));
        const float wanted = reference::absmax(members) / (6.0f * tensor_scale);
        int scale_code = reference::nearest(wanted, e4m3);
        if (scale_code == 0) scale_code = wanted == 0 ? 0x38 : 1;
        const float step = static_cast<float>(e4m3[static_cast<std::size_t>(scale_code)]) * tensor_scale;
        const int code = reference::nearest(std::abs(weights[i] / step), e2m1);
        const std::size_t position = (row * blocks + block) * 16 + i % cols % 16;
        REQUIRE(codes[position] == (code | (std::signbit(weights[i]) ? 8 : 0)));
        REQUIRE(std::abs(back[i]) == static_cast<float>(e2m1[static_cast<std::size_t>(code)]) * step);
        REQUIRE(packed.bytes[blocks * 16 + row * blocks + block] == scale_code);
      }
    }
  }
}

TEST_CASE("microscaling refuses scales that nobody stores") {
  const auto weights = test::ramp(64, 8);
  Packed packed = pack(weights, {.format = "mxfp6_e3m2"});
  packed.bytes.back() = 0xff;
  CHECK_THROWS_WITH_AS(unpack(packed.bytes, packed.spec), doctest::Contains("scale of block 1 is NaN"),
                       EngineError);
  packed = pack(weights, {.format = "nvfp4"});
  packed.bytes[32 + 2] = 0x80;
  CHECK_THROWS_WITH_AS(unpack(packed.bytes, packed.spec), doctest::Contains("scale of block 2"), EngineError);
  packed = pack(weights, {.format = "nvfp4"});
  packed.bytes.back() = 0xff;
  CHECK_THROWS_WITH_AS(unpack(packed.bytes, packed.spec), doctest::Contains("scale of the tensor"),
                       EngineError);
}

TEST_CASE("bits per weight of microscaling count padding") {
  const std::vector<float> weights(33 * 3, 1.0f);
  CHECK(pack(weights, {.format = "mxfp4", .rows = 3}).bytes.size() == 3 * 2 * 17);
  CHECK(pack(weights, {.format = "nvfp4", .rows = 3}).bytes.size() == 3 * 3 * 9 + 4);
  CHECK(format_info("mxfp4").bits_per_weight == 4.25);
  CHECK(format_info("mxfp6_e2m3").bits_per_weight == 6.25);
  CHECK(format_info("mxint8").bits_per_weight == 8.25);
  CHECK(format_info("nvfp4").bits_per_weight == 4.5);
}

}  // namespace compression
