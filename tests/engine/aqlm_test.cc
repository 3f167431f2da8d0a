#include <doctest/doctest.h>

#include <algorithm>
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
#include "engine/formats/vector/additive_codebooks.h"
#include "engine/formats/vector/beam_search.h"
#include "engine/formats/vector/codebook_training.h"
#include "engine/tensor/k_means.h"
#include "engine/tensor/random.h"
#include "tests/engine/digest.h"
#include "tests/engine/test_data.h"

namespace compression {
namespace {

using Codes = std::vector<std::uint16_t>;

std::vector<float> normal(std::size_t count, double sigma, std::uint64_t seed) {
  return sample_weights({.count = count, .sigma = sigma, .seed = seed});
}

/// Two codebooks of sixteen vectors of four, drawn by the known answers' generator.
AdditiveCodebooks small_codebooks() {
  AdditiveCodebooks codebooks{.count = 2, .entries = 16, .length = 4, .values = {}};
  test::Lcg random(11);
  for (std::size_t i = 0; i < 2 * 16 * 4; ++i) {
    codebooks.values.push_back(static_cast<float>((2 * random.next() - 1) * (i < 16 * 4 ? 0.5 : 0.25)));
  }
  return codebooks;
}

/// P32 with codes for it.
struct Problem {
  static constexpr std::size_t inputs = test::SmallLayer::inputs;
  static constexpr std::size_t rows = test::SmallLayer::outputs;
  static constexpr std::size_t codes_in_row = inputs / 4 * 2;

  test::SmallLayer layer;
  std::vector<double> hessian = layer.hessian(1);
  std::vector<float> float_hessian{hessian.begin(), hessian.end()};
  std::vector<float> weights{layer.weights.begin(), layer.weights.end()};
  AdditiveCodebooks codebooks = small_codebooks();
  std::vector<float> scales;
  Codes codes = Codes(rows * codes_in_row);

  Problem() {
    for (std::size_t row = 0; row < rows; ++row) {
      double squares = 0;
      for (std::size_t i = 0; i < inputs; ++i) {
        squares += layer.weights[row * inputs + i] * layer.weights[row * inputs + i];
      }
      scales.push_back(static_cast<float>(std::sqrt(squares / inputs)));
    }
  }

  std::span<const float> row(std::size_t r) { return std::span(weights).subspan(r * inputs, inputs); }
  std::span<std::uint16_t> row_codes(std::size_t r) {
    return std::span(codes).subspan(r * codes_in_row, codes_in_row);
  }

  [[nodiscard]] double loss() const {
    std::vector<double> difference(rows * inputs);
    std::vector<float> sum(4);
    for (std::size_t i = 0; i < difference.size(); i += 4) {
      codebooks.add_up(std::span(codes).subspan(i / 4 * 2, 2), sum);
      for (std::size_t j = 0; j < 4; ++j) {
        difference[i + j] =
            layer.weights[i + j] - static_cast<double>(scales[i / inputs]) * static_cast<double>(sum[j]);
      }
    }
    return test::proxy_loss(difference, hessian, inputs);
  }
};

/// The loss of every pair of codes for one group: the best there is.
double best_pair(const AdditiveCodebooks& codebooks, std::span<const float> group) {
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t a = 0; a < codebooks.entries; ++a) {
    for (std::size_t b = 0; b < codebooks.entries; ++b) {
      double loss = 0;
      for (std::size_t i = 0; i < codebooks.length; ++i) {
        const double sum = static_cast<double>(codebooks.entry(0, a)[i]) + codebooks.entry(1, b)[i];
        loss += (group[i] - sum) * (group[i] - sum);
      }
      best = std::min(best, loss);
    }
  }
  return best;
}

}  // namespace

TEST_CASE("beam search finds the reference's codes and losses") {
  struct Answer {
    std::size_t beams;
    std::vector<double> losses;
    Codes first_row;
  };
  const std::vector<Answer> answers = {
      {1, {9.64894521, 9.34185106, 9.27624452}, {10, 12, 10, 8, 1, 8, 7, 6, 8, 14, 10, 11, 1, 8, 1, 8}},
      {4, {9.47352181, 9.21684821, 9.15024151}, {10, 12, 10, 8, 7, 8, 13, 11, 8, 10, 10, 11, 7, 8, 15, 8}}};
  for (const auto& [beams, losses, first_row] : answers) {
    CAPTURE(beams);
    Problem problem;
    CHECK(problem.scales[0] == doctest::Approx(0.602518808).epsilon(1e-7));
    CHECK(problem.codebooks.values[0] == doctest::Approx(-0.25966895).epsilon(1e-7));
    BeamSearch search(problem.codebooks, problem.float_hessian, beams);
    for (std::size_t row = 0; row < Problem::rows; ++row) {
      search.start(problem.row(row), problem.scales[row], problem.row_codes(row));
    }
    CHECK(Codes(problem.codes.begin(), problem.codes.begin() + 16) ==
          Codes{9, 7, 8, 9, 5, 3, 9, 7, 0, 14, 10, 11, 15, 8, 15, 1});
    CHECK(problem.loss() == doctest::Approx(17.1746182).epsilon(1e-7));
    for (const double loss : losses) {
      for (std::size_t row = 0; row < Problem::rows; ++row) {
        search.improve(problem.row(row), problem.scales[row], 1, problem.row_codes(row));
      }
      CHECK(problem.loss() == doctest::Approx(loss).epsilon(1e-6));
    }
    CHECK(Codes(problem.codes.begin(), problem.codes.begin() + 16) == first_row);
  }
}

TEST_CASE("beam search never makes it worse, and with as many beams as entries finds the best pair") {
  const AdditiveCodebooks codebooks = small_codebooks();
  BeamSearch narrow(codebooks, identity(4), 1);
  BeamSearch wide(codebooks, identity(4), 16);
  const auto groups = normal(4 * 500, 0.4, 2);
  for (std::size_t g = 0; g < 500; ++g) {
    const auto group = std::span(groups).subspan(4 * g, 4);
    const auto loss = [&](const Codes& codes) {
      std::vector<float> sum(4);
      codebooks.add_up(codes, sum);
      double total = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        const double difference = static_cast<double>(group[i]) - static_cast<double>(sum[i]);
        total += difference * difference;
      }
      return total;
    };
    Codes codes(2);
    narrow.start(group, 1, codes);
    const double start = loss(codes);
    Codes more = codes;
    narrow.improve(group, 1, 3, codes);
    REQUIRE(loss(codes) <= start + 1e-6);
    wide.improve(group, 1, 1, more);
    REQUIRE(loss(more) == doctest::Approx(best_pair(codebooks, group)).epsilon(1e-5));
  }
}

TEST_CASE("k-means finds clusters that are there, and its losses never rise") {
  // Four far corners of a square, eight points near each.
  std::vector<float> points;
  for (std::size_t i = 0; i < 32; ++i) {
    const float shift = 0.1f * static_cast<float>(i / 4);
    points.push_back((i % 2 == 0 ? 10.0f : -10.0f) + shift);
    points.push_back((i / 2 % 2 == 0 ? 10.0f : -10.0f) - shift);
  }
  // The two halves of each corner's points count differently.
  std::vector<double> weights(32);
  for (std::size_t i = 0; i < 32; ++i) weights[i] = i < 16 ? 1 : 3;
  double best = std::numeric_limits<double>::infinity();
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Random random(seed);
    const KMeans result = k_means(points, weights, {.clusters = 4, .length = 2}, random);
    best = std::min(best, result.losses.back());
    CHECK(std::is_sorted(result.losses.rbegin(), result.losses.rend()));
  }
  // Shifts 0, .1 … .3 count once, .4 … .7 three times: mean 0.45, Σ w (shift − mean)² = 0.68 in each
  // coordinate.
  CHECK(best == doctest::Approx(4 * 2 * 0.68).epsilon(1e-5));

  const auto many = normal(8 * 2000, 1.0, 6);
  Random random(1);
  const KMeans result =
      k_means(many, std::vector<double>(2000, 1.0), {.clusters = 64, .iterations = 30}, random);
  for (std::size_t i = 1; i < result.losses.size(); ++i) {
    CHECK(result.losses[i] <= result.losses[i - 1] * (1 + 1e-6));
  }
  CHECK(result.losses.back() < 0.7 * 8 * 2000);
  // Fewer points than clusters: each is a centroid of its own.
  Random again(1);
  const auto few = std::span(many).first(8 * 5);
  CHECK(k_means(few, std::vector<double>(5, 1.0), {.clusters = 64}, again).losses.back() == 0);
}

TEST_CASE("no phase of the training raises the loss") {
  const auto groups = normal(8 * 3000, 1.0, 13);
  std::vector<double> weights(3000);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = 1 + static_cast<double>(i % 3);
  const CodebookTraining training =
      train_codebooks(groups, weights, {.entries = 64, .rounds = 5, .tolerance = 0});
  REQUIRE(training.losses.size() == 11);
  for (std::size_t i = 1; i < training.losses.size(); ++i) {
    CAPTURE(i);
    CHECK(training.losses[i] <= training.losses[i - 1] * (1 + 1e-6));
  }
  CHECK(training.losses.back() < 0.97 * training.losses.front());
}

TEST_CASE("bits per weight of aqlm are the paper's formula") {
  for (const std::size_t rows : {1u, 16u, 100u}) {
    for (const std::size_t cols : {64u, 512u}) {
      const auto weights = normal(rows * cols, 0.02, rows);
      const double count = static_cast<double>(rows * cols);
      const double bits = count / 8 * 2 * 8 + 2 * 256 * 8 * 16 + static_cast<double>(rows) * 16;
      CHECK(pack(weights, {.format = "aqlm", .rows = rows}).bits_per_weight() == bits / count);
    }
  }
}

TEST_CASE("aqlm leaves less of normal weights than two scalar bits, and less of what has structure") {
  const std::size_t rows = 64;
  const std::size_t cols = 1024;
  auto weights = normal(rows * cols, 0.02, 17);
  // Rows of very different size are one shape.
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= static_cast<float>(1 + i / cols);
  const RoundTrip result = round_trip(weights, {.format = "aqlm", .rows = rows});
  // 65,536 vectors of eight: better than the scalar Lloyd–Max quantizer's 9.3 dB, short of the 12.04 of all
  // codes.
  CHECK(result.sqnr_db > 9.8);
  CHECK(result.sqnr_db < 12.05);
  CHECK(result.levels_used > 2000);
  // Groups that repeat 200 vectors are learned by heart, but for fp16 and the scales of rows.
  const auto vectors = normal(8 * 200, 1.0, 18);
  Random random(19);
  for (std::size_t g = 0; g < rows * cols / 8; ++g) {
    const auto one = static_cast<std::size_t>(random.integers(0, 200));
    std::copy_n(vectors.data() + 8 * one, 8, weights.data() + 8 * g);
  }
  CHECK(round_trip(weights, {.format = "aqlm", .rows = rows}).sqnr_db > 20);
}

TEST_CASE("aqlm from the smallest to the largest weights, in rows of any length") {
  constexpr float largest = std::numeric_limits<float>::max();
  for (const std::size_t cols : {1u, 7u, 8u, 50u}) {
    const auto weights = normal(3 * cols, 0.5, cols);
    // Every group is a vector of its own.
    CHECK(round_trip(weights, {.format = "aqlm", .rows = 3}).sqnr_db > 50);
  }
  CHECK(round_trip(std::vector<float>(20, -0.0f), {.format = "aqlm"}).rmse == 0);
  for (const float weight : {std::numeric_limits<float>::denorm_min(), 1e-30f, 1e30f, largest}) {
    const PackOptions options{.format = "aqlm", .scales = ScaleType::fp32};
    const std::vector<float> weights = {weight, -weight, weight / 2, 0, weight};
    for (const float value : round_trip(weights, options).dequantized) REQUIRE(std::isfinite(value));
  }
  std::vector<float> wide(64, 1e6f);
  CHECK_THROWS_WITH_AS(pack(wide, {.format = "aqlm", .rows = 2}),
                       doctest::Contains("row 0 needs the scale 1000000"), EngineError);
}

TEST_CASE("aqlm refuses bytes that cannot be its own") {
  const auto weights = normal(100, 1.0, 1);
  const Packed packed = pack(weights, {.format = "aqlm", .rows = 2});
  const auto refused = [&](std::size_t at, const char* message) {
    std::vector<std::uint8_t> bytes = packed.bytes;
    bytes[at] = 0x7e;  // the upper byte of an fp16 that is not a number
    CHECK_THROWS_WITH_AS(unpack(bytes, packed.spec), doctest::Contains(message), EngineError);
  };
  refused(1, "the codebooks hold a number that is not finite");
  refused(2 * 2 * 256 * 8 + 3, "the scale of row 1 is not a finite number");
  std::vector<std::uint8_t> bytes = packed.bytes;
  bytes.push_back(0);
  CHECK_THROWS_WITH_AS(unpack(bytes, packed.spec), doctest::Contains("bytes are not 2 × 50 weights of aqlm"),
                       EngineError);
}

TEST_CASE("every build packs aqlm to the same bytes") {
  test::Digest packed;
  test::Digest dequantized;
  for (const std::size_t rows : {1u, 16u}) {
    for (const std::size_t cols : {7u, 1001u}) {
      const auto weights = normal(rows * cols, 0.02, rows + cols);
      const PackOptions options{.format = "aqlm", .rows = rows, .seed = cols};
      packed.add(std::span<const std::uint8_t>(pack(weights, options).bytes));
      dequantized.add(std::span<const float>(round_trip(weights, options).dequantized));
    }
  }
  CHECK(packed.value() == 0x73ecae33339e5f4a);
  CHECK(dequantized.value() == 0xd1a44c3e071eb381);
}

}  // namespace compression
