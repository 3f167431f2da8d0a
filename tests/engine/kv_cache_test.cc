#include "engine/quantize/kv_cache.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/formats/bit_packing.h"
#include "engine/quantize/min_max.h"
#include "engine/quantize/sample_layer.h"
#include "tests/engine/digest.h"
#include "tests/engine/layers.h"

namespace compression {
namespace {

/// Keys of KIVI's known answer: channel 1 is far from 0.
Matrix known_keys() {
  Matrix keys(8, 4);
  for (int t = 0; t < 8; ++t) {
    for (int j = 0; j < 4; ++j) {
      keys(static_cast<std::size_t>(t), static_cast<std::size_t>(j)) =
          static_cast<float>(((7 * t + 13 * j) % 11 - 5) * 0.1 + (j == 1 ? 8 : 0));
    }
  }
  return keys;
}

double mean_squared_error(const Matrix& a, const Matrix& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.values().size(); ++i) {
    const double error = static_cast<double>(a.values()[i]) - static_cast<double>(b.values()[i]);
    sum += error * error;
  }
  return sum / static_cast<double>(a.values().size());
}

/// A head whose keys have channels of large magnitude and whose values have none.
struct Head {
  SampledLayer keys;
  SampledLayer values;
  Matrix queries;

  explicit Head(std::uint64_t seed, std::size_t tokens = 300)
      : keys(sample_layer({.outputs = 16,
                           .inputs = 64,
                           .tokens = tokens,
                           .sigma = 0.3,
                           .correlation = 0,
                           .outlier_channels = 0.05,
                           .outlier_least = 5,
                           .outlier_most = 10,
                           .heavy_tokens = 0,
                           .seed = seed})),
        values(sample_layer({.outputs = 1,
                             .inputs = 64,
                             .tokens = tokens,
                             .correlation = 0,
                             .outlier_channels = 0,
                             .heavy_tokens = 0.05,
                             .seed = seed + 100})),
        queries(copy(std::as_const(keys).weights.view())) {}

  [[nodiscard]] AttentionHead view() const {
    return {.queries = queries.view(), .keys = keys.calibration.view(), .values = values.calibration.view()};
  }
};

}  // namespace

TEST_CASE("known answers of KIVI's keys") {
  const Matrix keys = known_keys();
  const Matrix channels = copy(keys.view().transposed());
  const MinMaxCodes two_bits = quantize_min_max(channels.view(), 2, 8, ScaleType::fp32);
  const std::vector<std::uint8_t> codes = {0, 1, 1, 2, 2, 3, 0, 1, 1, 2, 2, 3, 3, 0, 1, 2,
                                           2, 3, 3, 0, 1, 1, 2, 3, 3, 0, 1, 1, 2, 2, 3, 0};
  for (std::size_t t = 0; t < 8; ++t) {
    for (std::size_t j = 0; j < 4; ++j) CHECK(two_bits.codes[j * 8 + t] == codes[t * 4 + j]);
  }
  const double steps[] = {0.333333333, 0.3, 0.333333333, 0.3};
  const double minima[] = {-0.5, 7.5, -0.5, -0.5};
  for (std::size_t j = 0; j < 4; ++j) {
    CHECK(static_cast<double>(two_bits.steps(j, 0)) == doctest::Approx(steps[j]).epsilon(1e-6));
    CHECK(static_cast<double>(two_bits.minima(j, 0)) == doctest::Approx(minima[j]).epsilon(1e-6));
  }
  std::vector<std::uint8_t> word(2);
  pack_codes(std::span(two_bits.codes).first(8), 2, word);
  CHECK(word == std::vector<std::uint8_t>{0xd8, 0xb6});
  struct Answer {
    int bits;
    double by_channel, by_token;
  };
  for (const Answer& answer : {Answer{2, 0.00659722, 0.164688}, Answer{4, 0.000380556, 0.0130389}}) {
    const auto quantized = quantize_min_max(channels.view(), answer.bits, 8, ScaleType::fp32);
    CHECK(mean_squared_error(channels, dequantize(quantized, 8, 8)) ==
          doctest::Approx(answer.by_channel).epsilon(1e-5));
    const auto by_token = quantize_min_max(keys.view(), answer.bits, 4, ScaleType::fp32);
    CHECK(mean_squared_error(keys, dequantize(by_token, 4, 4)) ==
          doctest::Approx(answer.by_token).epsilon(1e-5));
  }
}

TEST_CASE("known answers of KIVI's values") {
  Matrix values(4, 8);
  for (int t = 0; t < 4; ++t) {
    for (int j = 0; j < 8; ++j) {
      values(static_cast<std::size_t>(t), static_cast<std::size_t>(j)) =
          static_cast<float>((5 * t + 3 * j) % 9 - 4) / 4;
    }
  }
  const MinMaxCodes quantized = quantize_min_max(values.view(), 2, 8, ScaleType::fp16);
  CHECK(quantized.codes == std::vector<std::uint8_t>{0, 2, 3, 0, 2, 3, 0, 2, 2, 3, 0, 2, 3, 0, 2, 3,
                                                     0, 2, 3, 0, 2, 3, 0, 2, 3, 0, 2, 3, 0, 2, 3, 0});
  CHECK(std::ranges::equal(quantized.minima.values(), std::vector<float>{-1, -0.5f, -0.75f, -1}));
  CHECK(std::ranges::count(quantized.steps.values(), 0.5f) == 4);
}

TEST_CASE("groups of one value, short groups, and single bits") {
  const Matrix m = test::matrix(2, {3, 3, 3, 1, 2, -70000, 70000, 0, 0, 5});
  const MinMaxCodes quantized = quantize_min_max(m.view(), 1, 3, ScaleType::fp32);
  CHECK(std::ranges::equal(dequantize(quantized, 5, 3).values(),
                           std::vector<float>{3, 3, 3, 1, 2, -70000, 70000, -70000, 0, 5}));
  CHECK_THROWS_WITH_AS(quantize_min_max(m.view(), 1, 3, ScaleType::fp16), doctest::Contains("-70000"),
                       EngineError);
  CHECK_THROWS_WITH_AS(quantize_min_max(m.view(), 9, 3, ScaleType::fp16), doctest::Contains("bits"),
                       EngineError);
  CHECK_THROWS_WITH_AS(quantize_min_max(m.view(), 2, 0, ScaleType::fp16), doctest::Contains("group"),
                       EngineError);
  const Matrix wide = test::matrix(1, {-3e38, 3e38});
  CHECK_THROWS_WITH_AS(quantize_min_max(wide.view(), 8, 2, ScaleType::fp32), doctest::Contains("2^127"),
                       EngineError);
}

TEST_CASE("attention is the naive form's") {
  const Head head(1, 20);
  const Matrix outputs = attention(head.view());
  const AttentionHead given = head.view();
  for (std::size_t q = 0; q < 16; ++q) {
    std::vector<double> shares(20);
    double total = 0;
    for (std::size_t t = 0; t < 20; ++t) {
      double score = 0;
      for (std::size_t j = 0; j < 64; ++j) {
        score += static_cast<double>(given.queries(q, j)) * static_cast<double>(given.keys(t, j));
      }
      shares[t] = std::exp(score / 8);
      total += shares[t];
    }
    for (std::size_t j = 0; j < 64; ++j) {
      double output = 0;
      for (std::size_t t = 0; t < 20; ++t)
        output += shares[t] / total * static_cast<double>(given.values(t, j));
      CHECK(static_cast<double>(outputs(q, j)) == doctest::Approx(output).epsilon(1e-4));
    }
  }
}

TEST_CASE("bits of a cache: KIVI's 3 and 5, fp8, and the window") {
  const Head head(2, 256);
  const auto bits = [&](const CacheOptions& options) {
    const CompressedCache cache = compress_cache(head.view(), options);
    return std::pair(cache.key_bits, cache.value_bits);
  };
  CHECK(bits({.keys = {.by_channel = true}}) == std::pair(3.0, 3.0));
  CHECK(bits({.keys = {.bits = 4, .by_channel = true}, .values = {.bits = 4}}) == std::pair(5.0, 5.0));
  CHECK(bits({.keys = {.format = "fp8_e4m3"}, .values = {.format = "q4_0"}}) == std::pair(8.0, 4.5));
  CHECK(bits({.keys = {.format = "int4"}, .values = {.format = "int8"}}) == std::pair(4.5, 8.5));
  // 200 tokens with a window of 128: keys of 128 are quantized, values of 72.
  const Head shorter(2, 200);
  const CompressedCache cache = compress_cache(shorter.view(), {.keys = {.by_channel = true}, .window = 128});
  CHECK(cache.key_bits == doctest::Approx((128 * 3.0 + 72 * 16) / 200));
  CHECK(cache.value_bits == doctest::Approx((72 * 3.0 + 128 * 16) / 200));
  CHECK(kivi_bits(2, 32, 200, 128) == doctest::Approx(cache.value_bits).epsilon(1e-12));
  // In a longer context the same head has the same errors, and the window weighs less: 8292 = 64 × 128 + 100.
  const CompressedCache longer =
      compress_cache(shorter.view(), {.keys = {.by_channel = true}, .window = 128, .context = 8292});
  CHECK(longer.key_bits == doctest::Approx((8192 * 3.0 + 100 * 16) / 8292));
  CHECK(longer.value_bits == kivi_bits(2, 32, 8292, 128));
  CHECK(longer.attention_error == cache.attention_error);
  // A window beyond the head: its numbers all stay, but those of a longer context do not.
  const CompressedCache recent = compress_cache(shorter.view(), {.window = 512, .context = 1024});
  CHECK(recent.value_error < 1e-3);
  CHECK(recent.key_bits == 3);
  CHECK(recent.value_bits == (3 + 16) / 2.0);
  const AttentionHead given = shorter.view();
  for (std::size_t t = 0; t < 200; ++t) {
    double key_error = 0;
    double value_error = 0;
    for (std::size_t j = 0; j < 64; ++j) {
      key_error += std::abs(static_cast<double>(given.keys(t, j) - cache.keys(t, j)));
      value_error += std::abs(static_cast<double>(given.values(t, j) - cache.values(t, j)));
    }
    CHECK((key_error > 0.5) == (t < 128));
    CHECK((value_error > 0.5) == (t < 72));
  }
}

TEST_CASE("bits on KIVI's grid by formula") {
  CHECK(kivi_bits(2, 32, 1, 0) == 3);
  CHECK(kivi_bits(4, 32, 1, 0) == 5);
  CHECK(kivi_bits(2, 128, 1024, 1024) == 16);
  const auto refuse = [](double bits, double group, double tokens, double window, const char* word) {
    CHECK_THROWS_WITH_AS(kivi_bits(bits, group, tokens, window), doctest::Contains(word), EngineError);
  };
  refuse(0, 32, 1, 0, "bits");
  refuse(9, 32, 1, 0, "bits");
  refuse(2, 1, 1, 0, "group");
  refuse(2, 32, 0, 0, "tokens");
  refuse(2, 32, 100, 101, "window");
  refuse(2, 32, 100, std::nan(""), "window");
}

TEST_CASE("keys are better by channel, values by token, and more bits are better") {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const Head head(seed);
    const auto cache = [&](bool keys, bool values, int bits) {
      return compress_cache(head.view(), {.keys = {.bits = bits, .by_channel = keys},
                                          .values = {.bits = bits, .by_channel = values}});
    };
    const CompressedCache kivi = cache(true, false, 2);
    const CompressedCache by_token = cache(false, false, 2);
    CHECK(kivi.key_error < by_token.key_error);
    CHECK(kivi.attention_error < by_token.attention_error);
    CHECK(kivi.value_error < cache(true, true, 2).value_error);
    CHECK(cache(true, false, 4).attention_error < kivi.attention_error);
    const CompressedCache fp8 =
        compress_cache(head.view(), {.keys = {.format = "fp8_e4m3"}, .values = {.format = "fp8_e4m3"}});
    CHECK(fp8.attention_error < cache(true, false, 4).attention_error);
    CHECK(fp8.value_error < 0.03);
  }
}

TEST_CASE("bad caches are refused") {
  const Head head(3, 10);
  AttentionHead bad = head.view();
  bad.values.rows = 9;
  CHECK_THROWS_WITH_AS(compress_cache(bad, {}), doctest::Contains("values.rows"), EngineError);
  bad = head.view();
  bad.queries.cols = 63;
  CHECK_THROWS_WITH_AS(compress_cache(bad, {}), doctest::Contains("queries.cols"), EngineError);
  bad = head.view();
  bad.keys.rows = 0;
  CHECK_THROWS_WITH_AS(compress_cache(bad, {}), doctest::Contains("keys"), EngineError);
  CHECK_THROWS_WITH_AS(compress_cache(head.view(), {.keys = {.format = "int9"}}), doctest::Contains("int9"),
                       EngineError);
  CHECK_THROWS_WITH_AS(compress_cache(head.view(), {.keys = {.group = 1}}), doctest::Contains("group"),
                       EngineError);
  Matrix broken = copy(head.view().keys);
  broken(1, 2) = std::nanf("");
  bad = head.view();
  bad.keys = std::as_const(broken).view();
  CHECK_THROWS_WITH_AS(compress_cache(bad, {}), doctest::Contains("keys"), EngineError);
}

TEST_CASE("every build stores the same cache") {
  test::Digest digest;
  const Head head(7);
  for (const std::string format : {"", "fp8_e4m3", "q8_0", "int4"}) {
    const CompressedCache cache = compress_cache(
        head.view(),
        {.keys = {.format = format, .by_channel = true}, .values = {.format = format}, .window = 128});
    digest.add(std::as_const(cache).keys.values());
    digest.add(std::as_const(cache).values.values());
    digest.add_one(cache.attention_error);
  }
  CHECK(digest.value() == 5754224535775978859u);
}

}  // namespace compression
