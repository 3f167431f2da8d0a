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
#include "engine/formats/packed.h"
#include "engine/formats/scale.h"
#include "engine/tensor/random.h"
#include "tests/engine/reference.h"

namespace compression {
namespace {

constexpr ScaleType scale_types[] = {ScaleType::fp16, ScaleType::fp32};

std::string format_of(int bits) {
  return "int" + std::to_string(bits);
}

/// The codes in packed bytes, sign extended, bit by bit.
std::vector<int> codes_of(const Packed& packed, int bits) {
  std::vector<int> codes(packed.spec.rows * packed.spec.cols);
  std::size_t position = 0;
  for (int& code : codes) {
    for (int bit = 0; bit < bits; ++bit, ++position) {
      code |= ((packed.bytes[position / 8] >> (position % 8)) & 1) << bit;
    }
    if (code >> (bits - 1) != 0) code -= 1 << bits;
  }
  return codes;
}

/// One group packed and unpacked, against the naive form: codes, weights, and half a step as the largest
/// error.
void check_one_group(std::span<const float> weights, int bits, ScaleType type) {
  const PackOptions options{.format = format_of(bits), .scales = type};
  const Packed packed = pack(weights, options);
  const int highest = (1 << (bits - 1)) - 1;
  const float scale = stored_scale(reference::absmax(weights), highest, type);
  const auto codes = codes_of(packed, bits);
  const auto back = unpack(packed.bytes, packed.spec);
  std::vector<float> faked(weights.size());
  fake_quantize(weights, options, faked);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const int code = reference::quantize(weights[i], scale, bits);
    REQUIRE(codes[i] == code);
    REQUIRE(back[i] == static_cast<float>(code) * scale);
    REQUIRE(std::signbit(back[i]) == (code < 0));
    REQUIRE(faked[i] == back[i]);
    REQUIRE(std::signbit(faked[i]) == std::signbit(back[i]));
    // Quotient and product are each rounded once: half an ulp of the weight and of the result.
    const double slack = 0x1p-23 * std::abs(static_cast<double>(weights[i])) + 0x1p-149;
    REQUIRE(std::abs(static_cast<double>(weights[i]) - back[i]) <= 0.5 * static_cast<double>(scale) + slack);
    REQUIRE(std::isfinite(back[i]));
  }
}

}  // namespace

TEST_CASE("known answers of the symmetric grids") {
  const std::vector<float> v = {-1.2f, -0.7f, -0.35f, -0.1f, 0.0f, 0.05f, 0.4f, 0.9f, 1.5f, 2.0f};
  struct Answer {
    int bits;
    double scale;
    std::vector<int> codes;
    double rmse;
  };
  const std::vector<Answer> answers = {
      {8, 0.0157480314, {-76, -44, -22, -6, 0, 3, 25, 57, 95, 127}, 0.00414042},
      {4, 0.285714298, {-4, -2, -1, 0, 0, 0, 1, 3, 5, 7}, 0.0751189},
      {3, 0.666666687, {-2, -1, -1, 0, 0, 0, 1, 1, 2, 3}, 0.168819},
      {2, 2, {-1, 0, 0, 0, 0, 0, 0, 0, 1, 1}, 0.498498},
  };
  for (const Answer& answer : answers) {
    const PackOptions options{.format = format_of(answer.bits), .scales = ScaleType::fp32};
    CHECK(codes_of(pack(v, options), answer.bits) == answer.codes);
    CHECK(levels(options.format, 2.0f, ScaleType::fp32).back() ==
          doctest::Approx(answer.scale * ((1 << (answer.bits - 1)) - 1)).epsilon(1e-7));
    CHECK(round_trip(v, options).rmse == doctest::Approx(answer.rmse).epsilon(5e-6));
  }
}

TEST_CASE("the table of the chapter's second Python cell") {
  const auto weights = sample_weights(
      {.count = 10'000, .sigma = 0.02, .outlier_fraction = 0.004, .outlier_scale = 6, .seed = 0});
  struct Row {
    int bits;
    double global, grouped;
  };
  for (const Row& row : {Row{8, 0.000711, 0.000178}, Row{4, 0.012749, 0.003323}, Row{3, 0.019724, 0.007157},
                         Row{2, 0.020689, 0.015271}}) {
    PackOptions options{.format = format_of(row.bits), .scales = ScaleType::fp32};
    CHECK(std::round(1e6 * round_trip(weights, options).rmse) == std::round(1e6 * row.global));
    options.group.size = 64;
    CHECK(std::round(1e6 * round_trip(weights, options).rmse) == std::round(1e6 * row.grouped));
    // Scales in fp16 cost bits of accuracy only beyond the printed digits, or in the last one.
    options.scales = ScaleType::fp16;
    CHECK(std::abs(round_trip(weights, options).rmse - row.grouped) < 1.5e-6);
  }
}

TEST_CASE("all lengths and all widths equal the naive form") {
  const auto weights =
      sample_weights({.count = 70, .sigma = 1, .outlier_fraction = 0.1, .outlier_scale = 5, .seed = 9});
  for (const ScaleType type : scale_types) {
    for (int bits = 2; bits <= 8; ++bits) {
      for (std::size_t length = 1; length <= weights.size(); ++length) {
        check_one_group(std::span(weights).first(length), bits, type);
      }
    }
  }
}

TEST_CASE("all magnitudes equal the naive form, from denormals to the largest float") {
  const auto shape = sample_weights({.count = 33, .sigma = 1, .seed = 10});
  const float top = reference::absmax(shape);
  for (const ScaleType type : scale_types) {
    for (int bits = 2; bits <= 8; ++bits) {
      for (int exponent = -149; exponent <= 127; ++exponent) {
        // fp16 scales end at 65504.
        if (type == ScaleType::fp16 && exponent > 15) break;
        std::vector<float> weights;
        for (const float x : shape) weights.push_back(std::ldexp(x / top, exponent));
        check_one_group(weights, bits, type);
      }
      const float largest = type == ScaleType::fp32 ? std::numeric_limits<float>::max() : 65504.0f;
      check_one_group(std::vector<float>{largest, -largest, largest / 3}, bits, type);
    }
  }
}

TEST_CASE("near ties fall where true division puts them") {
  Random random(77);
  for (const ScaleType type : scale_types) {
    for (int bits = 2; bits <= 8; ++bits) {
      const int highest = (1 << (bits - 1)) - 1;
      for (int trial = 0; trial < 300; ++trial) {
        const auto absmax = static_cast<float>(std::exp2(random.normal(0, 4)));
        const float scale = stored_scale(absmax, highest, type);
        std::vector<float> weights = {absmax};
        for (int code = -highest; code < highest; ++code) {
          const auto tie = static_cast<float>((code + 0.5) * static_cast<double>(scale));
          for (float w = std::nextafter(std::nextafter(tie, -INFINITY), -INFINITY); weights.size() % 6 != 0;
               w = std::nextafter(w, INFINITY)) {
            if (std::abs(w) <= absmax)
              weights.push_back(w);
            else
              weights.push_back(0);
          }
          weights.push_back(std::abs(tie) <= absmax ? tie : 0);
        }
        check_one_group(weights, bits, type);
      }
    }
  }
}

TEST_CASE("codes grow with the weights") {
  std::vector<float> weights = sample_weights({.count = 4000, .sigma = 0.5, .seed = 3});
  std::sort(weights.begin(), weights.end());
  for (int bits = 2; bits <= 8; ++bits) {
    const auto codes = codes_of(pack(weights, {.format = format_of(bits)}), bits);
    CHECK(std::is_sorted(codes.begin(), codes.end()));
  }
}

TEST_CASE("what has been quantized once does not change") {
  // Rows of an odd and of an even length: groups that begin within a byte, and such that do not.
  for (const std::size_t count : {std::size_t{777}, std::size_t{774}}) {
    const auto weights = sample_weights(
        {.count = count, .sigma = 0.02, .outlier_fraction = 0.02, .outlier_scale = 6, .seed = 4});
    for (const ScaleType type : scale_types) {
      for (int bits = 2; bits <= 8; ++bits) {
        for (const int group : {0, -1, 7, 64}) {
          const PackOptions options{.format = format_of(bits), .group = {group}, .rows = 3, .scales = type};
          const Packed once = pack(weights, options);
          const auto values = unpack(once.bytes, once.spec);
          CHECK(pack(values, options).bytes == once.bytes);
        }
      }
    }
  }
}

TEST_CASE("a group of zeros, and scales below the smallest fp16") {
  for (int bits = 2; bits <= 8; ++bits) {
    const std::vector<float> zeros(10, -0.0f);
    const RoundTrip nothing = round_trip(zeros, {.format = format_of(bits)});
    for (const float value : nothing.dequantized) CHECK_FALSE(std::signbit(value));
    CHECK(nothing.rmse == 0);
    CHECK(nothing.levels_used == 1);
    // The scale would round to 0: the smallest fp16 takes its place, so that no error exceeds half of it.
    const std::vector<float> tiny = {1e-30f, -1e-30f};
    CHECK(round_trip(tiny, {.format = format_of(bits)}).dequantized == std::vector<float>{0, 0});
    CHECK(round_trip(tiny, {.format = format_of(bits), .scales = ScaleType::fp32}).max_error <= 0.5e-30);
  }
}

TEST_CASE("a scale too large for fp16 is refused with its group, and fp32 takes it") {
  std::vector<float> weights(128, 1);
  weights[100] = 1e6f;
  const PackOptions options{.format = "int4", .group = {64}};
  CHECK_THROWS_WITH_AS(pack(weights, options), doctest::Contains("group 1 needs the scale 142857"),
                       EngineError);
  PackOptions wide = options;
  wide.scales = ScaleType::fp32;
  CHECK(round_trip(weights, wide).dequantized[100] == 1e6f);
}

}  // namespace compression
