#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/packed.h"
#include "engine/formats/vector/e8p_codebook.h"
#include "engine/formats/vector/e8p_nearest.h"
#include "engine/tensor/random.h"
#include "engine/tensor/randomized_hadamard.h"
#include "tests/engine/digest.h"
#include "tests/engine/test_data.h"

namespace compression {
namespace {

constexpr std::size_t codeword_count = 1 << 16;

/// All codewords, [65,536, 8].
const std::vector<float>& codewords() {
  static const std::vector<float> table = [] {
    std::vector<std::uint16_t> codes(codeword_count);
    for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint16_t>(i);
    std::vector<float> vectors(codes.size() * e8p_length);
    decode_e8p(codes, vectors);
    return vectors;
  }();
  return table;
}

std::vector<float> codeword(std::uint16_t code) {
  std::vector<float> vector(e8p_length);
  decode_e8p({&code, 1}, vector);
  return vector;
}

double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

/// The smallest squared distance to any codeword, by looking at all.
double smallest_distance(std::span<const float> vector) {
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t code = 0; code < codeword_count; ++code) {
    const auto other = std::span(codewords()).subspan(code * e8p_length, e8p_length);
    best = std::min(best, squared_distance(vector, other));
  }
  return best;
}

/// The vectors of a code's definition, one coordinate at a time.
std::vector<float> decode_by_definition(std::uint16_t code) {
  const E8pPattern& pattern = e8p_patterns[code >> 8];
  int parity = 0;
  for (int bit = 0; bit < 8; ++bit) parity ^= code >> bit & 1;
  const int signs = (code & 0xff) ^ parity;
  int doubled_sum = 0;
  for (const int magnitude : pattern) doubled_sum += magnitude;
  std::vector<float> vector(e8p_length);
  for (std::size_t i = 0; i < e8p_length; ++i) {
    bool negative = (signs >> e8p_sign_bits[i] & 1) != 0;
    if (i == 7 && doubled_sum / 2 % 2 == 1) negative = !negative;
    const float magnitude = static_cast<float>(pattern[i]) / 2;
    vector[i] = (negative ? -magnitude : magnitude) + (parity == 0 ? 0.25f : -0.25f);
  }
  return vector;
}

std::vector<std::uint16_t> nearest(std::span<const float> vectors) {
  std::vector<std::uint16_t> codes(vectors.size() / e8p_length);
  nearest_e8p(vectors, codes);
  return codes;
}

std::vector<float> normal(std::size_t count, double sigma, std::uint64_t seed) {
  return sample_weights({.count = count, .sigma = sigma, .seed = seed});
}

}  // namespace

TEST_CASE("the 256 patterns of E8P are those of the reference table") {
  // Eight nibbles, coordinate order 0 2 4 6 1 3 5 7, each 2 × value + 8, the last negated where the sum is
  // odd.
  std::vector<std::uint32_t> rows;
  for (const E8pPattern& pattern : e8p_patterns) {
    std::array<int, e8p_length> values;
    std::copy(pattern.begin(), pattern.end(), values.begin());
    int sum = 0;
    for (const int value : values) sum += value;
    if (sum / 2 % 2 == 1) values[7] = -values[7];
    std::uint32_t row = 0;
    int shift = 0;
    for (const std::size_t i : {0u, 2u, 4u, 6u, 1u, 3u, 5u, 7u}) {
      row |= static_cast<std::uint32_t>((values[i] + 8) & 15) << shift;
      shift += 4;
    }
    rows.push_back(row);
  }
  CHECK(rows[0] == 0x99999999);
  CHECK(rows[1] == 0x59999999);
  CHECK(rows[2] == 0xd9999999);
  CHECK(rows[3] == 0x7999b999);
  CHECK(rows[226] == 0x799b999d);
  CHECK(rows[255] == 0x7b9bbb9b);
  test::Digest digest;
  digest.add(std::span<const std::uint32_t>(rows));
  CHECK(digest.value() == 0x5acbac33b2585417);
}

TEST_CASE("all codewords of E8P are those of the reference, and each is one of its own") {
  test::Digest digest;
  double squares = 0;
  double largest = 0;
  std::vector<std::vector<float>> all;
  for (std::size_t code = 0; code < codeword_count; ++code) {
    const auto vector = codeword(static_cast<std::uint16_t>(code));
    REQUIRE(vector == decode_by_definition(static_cast<std::uint16_t>(code)));
    double norm = 0;
    for (const float value : vector) {
      digest.add_one(static_cast<std::int8_t>(4 * value));
      norm += static_cast<double>(value) * static_cast<double>(value);
    }
    squares += norm;
    largest = std::max(largest, norm);
    all.push_back(vector);
  }
  CHECK(digest.value() == 0x23abe204bf8b0183);
  CHECK(squares / codeword_count == doctest::Approx(9.5703).epsilon(1e-5));
  CHECK(largest == 16.5);
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("known codewords of E8P") {
  using Vector = std::vector<float>;
  CHECK(codeword(0x0000) == Vector(8, 0.75f));
  CHECK(codeword(0x0001) == Vector(8, 0.25f));
  CHECK(codeword(0x00ff) == Vector(8, -0.25f));
  CHECK(codeword(0x0003) == Vector{-0.25f, 0.75f, -0.25f, 0.75f, 0.75f, 0.75f, 0.75f, 0.75f});
  CHECK(codeword(0x0100) == Vector{0.75f, 0.75f, 0.75f, 0.75f, 0.75f, 0.75f, 0.75f, -1.25f});
  CHECK(codeword(0xe300) == Vector{1.75f, 0.75f, 0.75f, 0.75f, 1.75f, 1.75f, 1.75f, -1.25f});
  CHECK(codeword(0xff5a) == Vector{1.75f, -1.25f, -0.25f, 0.75f, 1.75f, -1.25f, -1.25f, -0.25f});
  const Vector near = {0.1f, -0.9f, 0.4f, 1.6f, -0.2f, 0.7f, -1.1f, 0.05f};
  CHECK(nearest(near) == std::vector<std::uint16_t>{0x721d});
  CHECK(squared_distance(near, codeword(0x721d)) == doctest::Approx(0.5075).epsilon(1e-6));
}

TEST_CASE("the nearest codeword is as near as any, for narrow, normal and wide vectors") {
  for (const double sigma : {0.1, 0.5, 1.03, 2.0, 20.0}) {
    CAPTURE(sigma);
    const auto vectors = normal(8 * 203, sigma, 11);
    const auto codes = nearest(vectors);
    for (std::size_t v = 0; v < codes.size(); ++v) {
      const auto vector = std::span(vectors).subspan(v * e8p_length, e8p_length);
      const double found = squared_distance(vector, codeword(codes[v]));
      // Values are compared in float32: sums of up to 30 terms of the size of the vector.
      REQUIRE(found <= smallest_distance(vector) + 1e-5 * sigma);
    }
  }
}

TEST_CASE("the nearest codeword where many are equally near") {
  // Corners and centres of the lattice: multiples of a quarter.
  Random random(3);
  std::vector<float> vectors(8 * 300);
  for (float& value : vectors) value = static_cast<float>(random.integers(-8, 9)) / 4;
  std::fill_n(vectors.begin(), 8, 0.0f);
  const auto codes = nearest(vectors);
  for (std::size_t v = 0; v < codes.size(); ++v) {
    const auto vector = std::span(vectors).subspan(v * e8p_length, e8p_length);
    // All terms are multiples of 1/16, and exact.
    REQUIRE(squared_distance(vector, codeword(codes[v])) == smallest_distance(vector));
  }
  // From 0: the coset +1/4 first, and there all of −1/2 but for the signs that parity has no use for.
  CHECK(codeword(codes[0]) == std::vector<float>(8, -0.25f));
}

TEST_CASE("every codeword is nearest to itself, alone or in any company") {
  const auto codes = nearest(codewords());
  for (std::size_t code = 0; code < codes.size(); ++code) REQUIRE(codes[code] == code);
  for (const std::size_t count : {1u, 2u, 3u, 5u, 7u}) {
    const auto few = nearest(std::span(codewords()).subspan(8 * 40'000, 8 * count));
    for (std::size_t i = 0; i < count; ++i) CHECK(few[i] == 40'000 + i);
  }
}

TEST_CASE("the distortion of normal numbers is the codebook's") {
  // The mean of n = 2^18 squared errors of standard deviation ≈ 0.13 is known to 0.13 / 512 < 0.0003: four
  // of these are the bound.
  const auto vectors = normal(1 << 18, 1.0, 21);
  const auto distortion = [&](double scale) {
    std::vector<float> scaled(vectors.size());
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      scaled[i] = static_cast<float>(static_cast<double>(vectors[i]) * scale);
    }
    std::vector<float> decoded(vectors.size());
    decode_e8p(nearest(scaled), decoded);
    return squared_distance(scaled, decoded) / static_cast<double>(vectors.size()) / (scale * scale);
  };
  CHECK(distortion(0.9) == doctest::Approx(0.0989).epsilon(0.012));
  CHECK(distortion(1.0) == doctest::Approx(0.0917).epsilon(0.012));
  CHECK(distortion(1.03) == doctest::Approx(0.0912).epsilon(0.012));
  CHECK(distortion(1.1) == doctest::Approx(0.0927).epsilon(0.012));
  // No code of two bits can be better than 2^−4; the best scalar one leaves 0.1175.
  CHECK(distortion(1.03) > 0.0625);
  CHECK(distortion(1.03) < 0.1175);
}

TEST_CASE("a layer turned and replaced by its nearest codewords leaves the reference's loss") {
  const test::SmallLayer layer;
  constexpr std::size_t n = test::SmallLayer::inputs;
  std::vector<double> h = layer.hessian(2);
  double mean = 0;
  for (std::size_t i = 0; i < n; ++i) mean += h[i * n + i] / static_cast<double>(n);
  for (double& value : h) value /= mean;
  for (std::size_t i = 0; i < n; ++i) h[i * n + i] += 0.01;
  test::Lcg random(7);
  const auto signs = [&](std::size_t count) {
    std::vector<float> all(count);
    for (float& sign : all) sign = random.next() < 0.5 ? 1.0f : -1.0f;
    return all;
  };
  const RandomizedHadamard inputs(signs(n));
  const RandomizedHadamard outputs(signs(test::SmallLayer::outputs));
  std::vector<float> turned(layer.weights.begin(), layer.weights.end());
  inputs.apply_to_rows(turned);
  outputs.apply(turned);
  double squares = 0;
  for (const float value : turned) squares += static_cast<double>(value) * static_cast<double>(value);
  const double rms = std::sqrt(squares / static_cast<double>(turned.size()));
  struct Answer {
    double optimal, scale, loss;
  };
  for (const auto& [optimal, scale, loss] :
       {Answer{0.9, 0.637255388, 18.8707}, {1.03, 0.556825097, 18.9842}}) {
    CHECK(rms / optimal == doctest::Approx(scale).epsilon(1e-6));
    std::vector<float> scaled(turned.size());
    for (std::size_t i = 0; i < scaled.size(); ++i) scaled[i] = turned[i] / static_cast<float>(scale);
    std::vector<float> result(scaled.size());
    decode_e8p(nearest(scaled), result);
    for (float& value : result) value *= static_cast<float>(scale);
    outputs.undo(result);
    inputs.undo_rows(result);
    std::vector<double> difference(result.size());
    for (std::size_t i = 0; i < result.size(); ++i) {
      difference[i] = layer.weights[i] - static_cast<double>(result[i]);
    }
    CHECK(test::proxy_loss(difference, h, n) == doctest::Approx(loss).epsilon(1e-5));
  }
}

TEST_CASE("the bytes of e8p: seed, scale, codes") {
  const std::size_t rows = 12;
  const std::size_t cols = 40;
  const auto weights = normal(rows * cols, 0.02, 4);
  const Packed packed = pack(weights, {.format = "e8p", .rows = rows, .seed = 0x0123456789abcdef});
  REQUIRE(packed.bytes.size() == 8 + 4 + 2 * rows * cols / 8);
  CHECK(packed.bits_per_weight() == 8.0 * static_cast<double>(packed.bytes.size()) / (rows * cols));
  std::uint64_t seed = 0;
  float scale = 0;
  std::vector<std::uint16_t> codes(rows * cols / 8);
  std::memcpy(&seed, packed.bytes.data(), 8);
  std::memcpy(&scale, packed.bytes.data() + 8, 4);
  std::memcpy(codes.data(), packed.bytes.data() + 12, 2 * codes.size());
  CHECK(seed == 0x0123456789abcdef);
  double squares = 0;
  for (const float weight : weights) squares += static_cast<double>(weight) * static_cast<double>(weight);
  CHECK(static_cast<double>(scale) ==
        doctest::Approx(std::sqrt(squares / (rows * cols)) / 1.03).epsilon(1e-6));

  Random random(seed);
  const RandomizedHadamard inputs(random_signs(cols, random));
  const RandomizedHadamard outputs(random_signs(rows, random));
  std::vector<float> turned(weights.size());
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = weights[i] / scale;
  inputs.apply_to_rows(turned);
  outputs.apply(turned);
  CHECK(codes == nearest(turned));
  std::vector<float> decoded(weights.size());
  decode_e8p(codes, decoded);
  outputs.undo(decoded);
  inputs.undo_rows(decoded);
  for (float& value : decoded) value *= scale;
  // The seed in the bytes counts, whatever the description says.
  PackOptions spec = packed.spec;
  spec.seed = 0;
  CHECK(unpack(packed.bytes, spec) == decoded);
}

TEST_CASE("e8p leaves as much of any weights as of normal ones, outliers or not, at any shape") {
  struct Shape {
    std::size_t rows, cols;
    double bits;
  };
  // Twelve bytes of header; rows of 10,000 and 4096 need no padding, rows of 1001 seven zeros.
  for (const auto& [rows, cols, bits] : {Shape{1, 10'000, 2 + 96.0 / 10'000},
                                         {64, 4096, 2 + 96.0 / 262'144},
                                         {100, 1001, 2 * 1008.0 / 1001 + 96.0 / 100'100}}) {
    CAPTURE(cols);
    const auto weights = sample_weights(
        {.count = rows * cols, .sigma = 0.02, .outlier_fraction = 0.01, .outlier_scale = 6, .seed = 3});
    const RoundTrip result = round_trip(weights, {.format = "e8p", .rows = rows});
    CHECK(result.bits_per_weight == doctest::Approx(bits).epsilon(1e-12));
    // 10 log10(1 / 0.0912) = 10.4 dB. Signs that leave some structure, and few vectors, cost a little.
    CHECK(result.sqnr_db == doctest::Approx(10.4).epsilon(0.01));
    CHECK(result.levels_used > 1000);
  }
}

TEST_CASE("what e8p has quantized once stays as near, and another seed is another rotation") {
  const auto weights = normal(64 * 64, 1.0, 8);
  const PackOptions options{.format = "e8p", .rows = 64};
  const RoundTrip once = round_trip(weights, options);
  const RoundTrip twice = round_trip(once.dequantized, options);
  // The points have moved by a scale that is 4.6% smaller, no more than a tenth of a first quantization.
  CHECK(twice.rmse < 0.35 * once.rmse);
  PackOptions other = options;
  other.seed = 1;
  CHECK(pack(weights, other).bytes != pack(weights, options).bytes);
  CHECK(round_trip(weights, other).rmse == doctest::Approx(once.rmse).epsilon(0.02));
}

TEST_CASE("e8p from the smallest to the largest weights") {
  constexpr float largest = std::numeric_limits<float>::max();
  constexpr float smallest = std::numeric_limits<float>::denorm_min();
  const PackOptions options{.format = "e8p"};
  CHECK(round_trip(std::vector<float>(20, -0.0f), options).dequantized == std::vector<float>(20, 0.0f));
  CHECK(round_trip(std::vector<float>(20, 0.0f), options).levels_used == 1);
  for (const float weight : {smallest, 1e-30f, 1.0f, 1e30f, largest}) {
    std::vector<float> weights = normal(4096, 1.0, 9);
    for (float& value : weights) value = std::clamp(value, -1.0f, 1.0f) * weight;
    const RoundTrip result = round_trip(weights, options);
    for (const float value : result.dequantized) REQUIRE(std::isfinite(value));
    // Next to the largest float, what would be larger is cut off.
    if (weight > 1e-35f && weight < 1e35f) CHECK(result.sqnr_db == doctest::Approx(10.4).epsilon(0.03));
  }
  std::vector<float> lonely(100'000);
  lonely[5] = smallest;
  CHECK(round_trip(lonely, options).max_error == static_cast<double>(smallest));
}

TEST_CASE("e8p refuses bytes that cannot be its own") {
  const auto weights = normal(100, 1.0, 1);
  Packed packed = pack(weights, {.format = "e8p"});
  const auto refused = [&](const char* message) {
    CHECK_THROWS_WITH_AS(unpack(packed.bytes, packed.spec), doctest::Contains(message), EngineError);
  };
  for (const float scale :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -1.0f}) {
    std::memcpy(packed.bytes.data() + 8, &scale, 4);
    refused("the scale is not a finite number");
  }
  packed.bytes.pop_back();
  refused("bytes are not 1 × 100 weights of e8p");
}

TEST_CASE("the levels of e8p are the coordinates of its codewords") {
  CHECK(levels("e8p", 2.75f) == std::vector<float>{-2.75f, -2.25f, -1.75f, -1.25f, -0.75f, -0.25f, 0.25f,
                                                   0.75f, 1.25f, 1.75f, 2.25f, 2.75f});
  CHECK(levels("e8p", std::numeric_limits<float>::max()).back() == std::numeric_limits<float>::max());
}

TEST_CASE("every build packs e8p to the same bytes") {
  test::Digest packed;
  test::Digest dequantized;
  for (const std::size_t rows : {1u, 3u, 12u}) {
    for (const std::size_t cols : {1u, 7u, 96u, 1001u}) {
      const auto weights = normal(rows * cols, 0.02, rows + cols);
      const PackOptions options{.format = "e8p", .rows = rows, .seed = cols};
      packed.add(std::span<const std::uint8_t>(pack(weights, options).bytes));
      dequantized.add(std::span<const float>(round_trip(weights, options).dequantized));
    }
  }
  CHECK(packed.value() == 0x80657d008b5c8334);
  CHECK(dequantized.value() == 0xb01f50d913529fba);
}

}  // namespace compression
