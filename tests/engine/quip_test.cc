#include "engine/quantize/quip.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/formats/vector/e8p.h"
#include "engine/formats/vector/e8p_codebook.h"
#include "engine/formats/vector/e8p_nearest.h"
#include "engine/quantize/gptq.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/ldlq.h"
#include "engine/quantize/sample_layer.h"
#include "tests/engine/digest.h"
#include "tests/engine/layers.h"

namespace compression {
namespace {

using test::p32;
using test::SmallLayer;

/// H with the mean 1 on its diagonal, and a hundredth more.
Matrix normalised_hessian(const SmallLayer& layer) {
  Matrix h = hessian(layer.x.view());
  double mean = 0;
  for (std::size_t i = 0; i < h.rows(); ++i) mean += static_cast<double>(h(i, i));
  mean /= static_cast<double>(h.rows());
  for (float& value : h.values()) value /= static_cast<float>(mean);
  for (std::size_t i = 0; i < h.rows(); ++i) h(i, i) += 0.01f;
  return h;
}

float quarter(float weight) {
  return std::nearbyint(4 * weight) / 4;
}

void round_to_quarters(std::size_t, MatrixView targets) {
  for (std::size_t i = 0; i < targets.rows; ++i) {
    for (float& value : targets.row(i)) value = quarter(value);
  }
}

/// Quarters, whatever the weights are.
class Quarters : public Grid {
 public:
  [[nodiscard]] std::size_t parameters() const override { return 0; }
  void fit(ConstMatrixView, MatrixView) const override {}
  void round(std::size_t, std::span<const float> weights, ConstMatrixView, std::span<std::uint8_t>,
             std::span<float> values) const override {
    std::ranges::transform(weights, values.begin(), quarter);
  }
};

Matrix reversed_columns(ConstMatrixView m) {
  Matrix result(m.rows, m.cols);
  for (std::size_t i = 0; i < m.rows; ++i) {
    for (std::size_t j = 0; j < m.cols; ++j) result(i, j) = m(i, m.cols - 1 - j);
  }
  return result;
}

/// The errors of LDLQ, [in, out].
Matrix ldlq_errors(ConstMatrixView by_input, const Matrix& h, std::size_t length,
                   const BlockRounding& rounding) {
  const Matrix factors = ldlq_factors(h.view(), length);
  REQUIRE(factors.rows() == h.rows());
  Matrix errors(by_input.rows, by_input.cols);
  sweep_blocks(by_input, factors.view(), length, rounding, errors.view());
  return errors;
}

}  // namespace

TEST_CASE("known answers of LDLQ with scalars, which is GPTQ in reverse") {
  const SmallLayer layer = p32();
  const Matrix h = normalised_hessian(layer);
  const Matrix by_input = copy(layer.weights.view().transposed());
  Matrix nearest(32, 16);
  for (std::size_t i = 0; i < 512; ++i) {
    nearest.values()[i] = by_input.values()[i] - quarter(by_input.values()[i]);
  }
  CHECK(proxy_loss(nearest.view(), h.view()) == doctest::Approx(2.65384).epsilon(1e-5));
  const Matrix errors = ldlq_errors(by_input.view(), h, 1, round_to_quarters);
  CHECK(proxy_loss(errors.view(), h.view()) == doctest::Approx(0.997613).epsilon(1e-5));
  const Matrix mirrored = reversed_columns(layer.weights.view());
  const GptqResult gptq_result =
      gptq(mirrored.view(), hessian(reversed_columns(layer.x.view()).view()), Quarters(), {});
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 32; ++j) {
      const float value = by_input(j, i) - errors(j, i);
      CHECK(quarter(value) == gptq_result.grid.weights(i, 31 - j));
    }
  }
}

TEST_CASE("known answers of block LDLQ on E8P after the randomized transform") {
  const SmallLayer layer = p32();
  test::LinearCongruential random(7);
  const auto signs = [&](std::size_t count) {
    std::vector<float> all(count);
    for (float& sign : all) sign = random.next() < 0.5 ? 1.0f : -1.0f;
    return all;
  };
  RandomizedHadamard of_inputs(signs(32));
  const E8pSides sides{.inputs = std::move(of_inputs), .outputs = RandomizedHadamard(signs(16))};
  Matrix h = normalised_hessian(layer);
  sides.inputs.apply_to_rows(h.values());
  sides.inputs.apply(h.values());
  struct Answer {
    float scale;
    double loss;
  };
  for (const Answer& answer : {Answer{0.637255388f, 9.85581}, Answer{0.556825097f, 11.0504}}) {
    const std::vector<float> turned = turn_for_e8p(layer.weights.values(), 16, 32, answer.scale, sides);
    const Matrix by_input = copy(ConstMatrixView{turned.data(), 16, 32, 32, 1}.transposed());
    const Matrix errors = ldlq_errors(by_input.view(), h, 8, [](std::size_t, MatrixView targets) {
      Matrix vectors = copy(ConstMatrixView(targets).transposed());
      std::vector<std::uint16_t> codes(16);
      nearest_e8p(vectors.values(), codes);
      decode_e8p(codes, vectors.values());
      for (std::size_t i = 0; i < 16; ++i) {
        for (std::size_t j = 0; j < 8; ++j) targets(j, i) = vectors(i, j);
      }
    });
    const double square = static_cast<double>(answer.scale) * static_cast<double>(answer.scale);
    CHECK(proxy_loss(errors.view(), h.view()) * square == doctest::Approx(answer.loss).epsilon(1e-5));
  }
}

TEST_CASE("a sweep hears of all blocks, near and far, as the naive form does") {
  constexpr std::size_t inputs = 300;
  constexpr std::size_t outputs = 5;
  const SampledLayer sample = sample_layer({.outputs = outputs, .inputs = inputs, .tokens = 400, .sigma = 1});
  const Matrix by_input = copy(sample.weights.view().transposed());
  Matrix h = hessian(sample.calibration.view());
  for (std::size_t i = 0; i < inputs; ++i) h(i, i) += 1;
  for (const std::size_t length : {std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{200}}) {
    const Matrix factors = descent_factors(h.view(), length);
    REQUIRE(factors.rows() == inputs);
    Matrix errors(inputs, outputs);
    for (std::size_t pass = 0; pass < 2; ++pass) {
      const Matrix before = copy(std::as_const(errors).view());
      // Targets are compared where they are rounded, so that one on a tie cannot send the two forms apart.
      sweep_blocks(
          by_input.view(), factors.view(), length,
          [&](std::size_t first, MatrixView targets) {
            for (std::size_t i = 0; i < targets.rows; ++i) {
              for (std::size_t j = 0; j < outputs; ++j) {
                double target = static_cast<double>(by_input(first + i, j));
                double size = 1;
                for (std::size_t k = 0; k < inputs; ++k) {
                  if (k >= first && k < first + targets.rows) continue;
                  const double error = static_cast<double>(k < first ? before(k, j) : errors(k, j));
                  target += static_cast<double>(factors(first + i, k)) * error;
                  size += std::abs(static_cast<double>(factors(first + i, k)) * error);
                }
                REQUIRE(std::abs(static_cast<double>(targets(i, j)) - target) < 1e-5 * size);
              }
            }
            round_to_quarters(first, targets);
          },
          errors.view());
    }
  }
}

TEST_CASE("a factor of descent is the best answer to the errors of the others") {
  const SmallLayer layer = p32();
  const Matrix h = normalised_hessian(layer);
  const Matrix factors = descent_factors(h.view(), 8);
  // D_k = −H_kk⁻¹ Σ H_kj D_j makes the gradient of the loss zero in block k.
  Matrix errors(32, 1);
  for (std::size_t i = 0; i < 32; ++i) errors(i, 0) = layer.weights(0, i);
  for (std::size_t i = 8; i < 16; ++i) {
    double answer = 0;
    for (std::size_t j = 0; j < 32; ++j) {
      if (j < 8 || j >= 16) answer -= static_cast<double>(factors(i, j)) * static_cast<double>(errors(j, 0));
    }
    errors(i, 0) = static_cast<float>(answer);
  }
  for (std::size_t i = 8; i < 16; ++i) {
    double gradient = 0;
    for (std::size_t j = 0; j < 32; ++j) {
      gradient += static_cast<double>(h(i, j)) * static_cast<double>(errors(j, 0));
    }
    CHECK(std::abs(gradient) < 1e-5);
  }
}

TEST_CASE("QuIP# packs what it computes with, and its losses are those of the layer") {
  for (const std::size_t inputs : {std::size_t{13}, std::size_t{64}, std::size_t{96}}) {
    CAPTURE(inputs);
    SampledLayer sample = sample_layer({.outputs = 24, .inputs = inputs, .tokens = 200, .seed = inputs});
    const SmallLayer layer{.weights = std::move(sample.weights), .x = std::move(sample.calibration)};
    const Matrix h = hessian(layer.x.view());
    double latest = 0;
    const QuipResult result = quip(layer.weights.view(), h.view(), {.seed = 3}, [&](double share) {
      CHECK(share > latest);
      latest = share;
      return true;
    });
    CHECK(latest == 1);
    CHECK(std::ranges::equal(unpack(result.packed.bytes, result.packed.spec), result.weights.values()));
    CHECK(result.ldlq_loss < result.nearest_loss);
    CHECK(result.tuned_loss < result.ldlq_loss);
    double mean = 0;
    for (std::size_t i = 0; i < inputs; ++i)
      mean += static_cast<double>(h(i, i)) / static_cast<double>(inputs);
    double squares = 0;
    for (std::size_t i = 0; i < layer.weights.values().size(); ++i) {
      const double error =
          static_cast<double>(layer.weights.values()[i]) - static_cast<double>(result.weights.values()[i]);
      squares += error * error;
    }
    // Rows that are filled up lose in the added inputs too, which only damping counts.
    const double loss = test::quadratic_error(layer, result.weights.view()) / mean + 0.01 * squares;
    CHECK(result.tuned_loss == doctest::Approx(loss).epsilon(inputs % 8 == 0 ? 1e-3 : 0.05));
    if (inputs == 96) CHECK(result.peak_after < result.peak_before);
  }
}

TEST_CASE("QuIP# of zeros, of dead inputs, of too few tokens, and of bad options") {
  SmallLayer layer = p32();
  const Matrix zeros(4, 32);
  const Matrix h = hessian(layer.x.view());
  CHECK(std::ranges::count(quip(zeros.view(), h.view(), {}).weights.values(), 0.0f) == 128);
  const QuipResult none = quip(layer.weights.view(), Matrix(32, 32).view(), {});
  CHECK(none.ldlq_loss == doctest::Approx(none.nearest_loss));
  const QuipResult few = quip(layer.weights.view(), hessian(layer.x.view().block(0, 0, 3, 32)).view(), {});
  CHECK(few.tuned_loss < few.nearest_loss);
  for (const double damping : {0.0, 1.5, std::nan("")}) {
    CHECK_THROWS_WITH_AS(quip(layer.weights.view(), h.view(), {.damping = damping}),
                         doctest::Contains("damping"), EngineError);
  }
}

TEST_CASE("every build turns and rounds to the same codes") {
  test::Digest digest;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const SampledLayer sample = sample_layer({.outputs = 40, .inputs = 152, .tokens = 100, .seed = seed});
    const QuipResult result = quip(sample.weights.view(), hessian(sample.calibration.view()).view(),
                                   {.tuning_passes = 2, .seed = seed});
    digest.add(std::span<const std::uint8_t>(result.packed.bytes));
    digest.add_one(result.tuned_loss);
  }
  CHECK(digest.value() == 16050432831796141485u);
}

}  // namespace compression
