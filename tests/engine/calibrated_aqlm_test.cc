#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/quantize/aqlm.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/sample_layer.h"
#include "tests/engine/digest.h"
#include "tests/engine/layers.h"

namespace compression {
namespace {

using test::SmallLayer;

SmallLayer sample(std::size_t outputs, std::size_t inputs, std::uint64_t seed) {
  SampledLayer drawn =
      sample_layer({.outputs = outputs, .inputs = inputs, .tokens = 4 * inputs, .seed = seed});
  return {.weights = std::move(drawn.weights), .x = std::move(drawn.calibration)};
}

/// tr(D H Dᵀ) with the mean 1 on H's diagonal.
double loss_of(const SmallLayer& layer, const Matrix& h, const Matrix& weights) {
  double trace = 0;
  for (std::size_t i = 0; i < h.rows(); ++i) trace += static_cast<double>(h(i, i));
  return test::quadratic_error(layer, weights.view()) * static_cast<double>(h.rows()) / trace;
}

}  // namespace

TEST_CASE("calibrated AQLM starts from the format, loses less with every round, and packs what it says") {
  for (const std::size_t inputs : {std::size_t{61}, std::size_t{64}}) {
    CAPTURE(inputs);
    const SmallLayer layer = sample(48, inputs, inputs);
    const Matrix h = hessian(layer.x.view());
    const AqlmResult start = calibrated_aqlm(layer.weights.view(), h.view(), {.rounds = 0, .seed = 2});
    const Packed plain =
        pack(layer.weights.values(), {.format = "aqlm", .rows = 48, .cols = inputs, .seed = 2});
    REQUIRE(start.packed.has_value());
    CHECK(start.packed->bytes == plain.bytes);
    CHECK(start.bits_per_weight == plain.bits_per_weight());
    REQUIRE(start.losses.size() == 1);
    CHECK(start.losses[0] == doctest::Approx(loss_of(layer, h, start.weights)).epsilon(1e-4));

    double latest = 0;
    const AqlmResult result = calibrated_aqlm(layer.weights.view(), h.view(),
                                              {.rounds = 3, .tolerance = 0, .seed = 2}, [&](double share) {
                                                CHECK(share > latest);
                                                latest = share;
                                                return true;
                                              });
    CHECK(latest == 1);
    CHECK(result.losses.size() == 4);
    CHECK(std::ranges::is_sorted(result.losses, std::greater<>()));
    CHECK(result.losses.back() == doctest::Approx(loss_of(layer, h, result.weights)).epsilon(1e-3));
    CHECK(std::ranges::equal(unpack(result.packed->bytes, result.packed->spec), result.weights.values()));
    CHECK(result.packed->bytes.size() == plain.bytes.size());
  }
}

TEST_CASE("codebooks of any number and size: M × B bits over g weights") {
  constexpr std::size_t rows = 48;
  struct Shape {
    std::size_t codebooks, code_bits, vector_length;
  };
  for (const std::size_t inputs : {std::size_t{61}, std::size_t{64}}) {
    const SmallLayer layer = sample(rows, inputs, inputs);
    const Matrix h = hessian(layer.x.view());
    for (const auto& [m, b, g] : {Shape{1, 8, 8}, Shape{3, 5, 8}, Shape{2, 4, 4}, Shape{2, 6, 16},
                                  Shape{8, 1, 6}, Shape{1, 1, 1}, Shape{2, 3, 32}}) {
      CAPTURE(inputs);
      CAPTURE(m);
      CAPTURE(b);
      CAPTURE(g);
      const AqlmResult result =
          calibrated_aqlm(layer.weights.view(), h.view(),
                          {.codebooks = m, .code_bits = b, .vector_length = g, .rounds = 2, .tolerance = 0});
      CHECK(!result.packed.has_value());
      const std::size_t groups = rows * ((inputs + g - 1) / g);
      const std::size_t bits = groups * m * b + m * (std::size_t{1} << b) * g * 16 + rows * 16;
      CHECK(result.bits_per_weight ==
            doctest::Approx(static_cast<double>(bits) / static_cast<double>(rows * inputs)));
      CHECK(std::ranges::is_sorted(result.losses, std::greater<>()));
      const double least = *std::ranges::min_element(result.losses);
      CHECK(least == doctest::Approx(loss_of(layer, h, result.weights)).epsilon(1e-3));
    }
  }
}

TEST_CASE("more codebooks and longer codes lose less, longer vectors more") {
  const SmallLayer layer = sample(96, 64, 3);
  const Matrix h = hessian(layer.x.view());
  const auto loss = [&](std::size_t codebooks, std::size_t code_bits, std::size_t length) {
    return calibrated_aqlm(
               layer.weights.view(), h.view(),
               {.codebooks = codebooks, .code_bits = code_bits, .vector_length = length, .rounds = 2})
        .losses.back();
  };
  CHECK(loss(2, 4, 8) < loss(1, 4, 8));
  CHECK(loss(3, 4, 8) < loss(2, 4, 8));
  CHECK(loss(2, 5, 8) < loss(2, 4, 8));
  CHECK(loss(2, 4, 16) > loss(2, 4, 8));
  // More vectors than groups: what is lost is what fp16 rounds away.
  CHECK(loss(1, 12, 8) < 1e-4 * loss(1, 4, 8));
}

TEST_CASE("more steps on the codebooks, and more beams, lose less in the first round") {
  const SmallLayer layer = sample(320, 48, 9);
  const Matrix h = hessian(layer.x.view());
  const auto loss = [&](std::size_t steps, std::size_t beams) {
    return calibrated_aqlm(layer.weights.view(), h.view(),
                           {.rounds = 1, .codebook_steps = steps, .beams = beams})
        .losses.back();
  };
  CHECK(loss(8, 1) < loss(0, 1));
  CHECK(loss(8, 8) < loss(8, 1));
}

TEST_CASE("calibrated AQLM of zeros, without activations, and of bad options") {
  const SmallLayer layer = sample(8, 24, 1);
  const Matrix h = hessian(layer.x.view());
  const Matrix zeros(8, 24);
  CHECK(std::ranges::count(calibrated_aqlm(zeros.view(), h.view(), {}).weights.values(), 0.0f) == 8 * 24);
  const AqlmResult none = calibrated_aqlm(layer.weights.view(), Matrix(24, 24).view(), {});
  CHECK(none.losses == std::vector<double>{0});
  CHECK_THROWS_WITH_AS(calibrated_aqlm(layer.weights.view(), h.view(), {.beams = 0}),
                       doctest::Contains("beams"), EngineError);
  for (const std::size_t codebooks : {std::size_t{0}, std::size_t{9}}) {
    CHECK_THROWS_WITH_AS(calibrated_aqlm(layer.weights.view(), h.view(), {.codebooks = codebooks}),
                         doctest::Contains("codebooks must be from 1 to 8"), EngineError);
  }
  for (const std::size_t bits : {std::size_t{0}, std::size_t{13}}) {
    CHECK_THROWS_WITH_AS(calibrated_aqlm(layer.weights.view(), h.view(), {.code_bits = bits}),
                         doctest::Contains("codeBits must be from 1 to 12"), EngineError);
  }
  for (const std::size_t length : {std::size_t{0}, std::size_t{33}}) {
    CHECK_THROWS_WITH_AS(calibrated_aqlm(layer.weights.view(), h.view(), {.vector_length = length}),
                         doctest::Contains("vectorLength must be from 1 to 32"), EngineError);
  }
  CHECK_THROWS_AS(calibrated_aqlm(layer.weights.view(), h.view(), {}, [](double) { return false; }),
                  EngineError);
}

TEST_CASE("every build finds the same codebooks and codes for a layer") {
  test::Digest digest;
  const SmallLayer layer = sample(24, 44, 5);
  const AqlmResult result =
      calibrated_aqlm(layer.weights.view(), hessian(layer.x.view()).view(), {.rounds = 2});
  digest.add(std::span<const std::uint8_t>(result.packed->bytes));
  digest.add(std::span<const double>(result.losses));
  CHECK(digest.value() == 15795262308329435096u);
}

}  // namespace compression
