#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "engine/error.h"
#include "engine/prune/sparsegpt.h"
#include "engine/prune/sparsity.h"
#include "engine/prune/wanda.h"
#include "engine/quantize/hessian.h"
#include "tests/engine/layers.h"

namespace compression {
namespace {

using test::p32;
using test::quadratic_error;
using test::SmallLayer;
using test::tiny;

constexpr Sparsity half{.share = 0.5};
/// The answers for magnitude prune the weight at place ⌊512 / 2⌋ as well.
constexpr Sparsity one_more{.share = 257.0 / 512};
constexpr Sparsity two_of_four{.kept = 2, .of = 4};
constexpr Sparsity four_of_eight{.kept = 4, .of = 8};

SparseGptResult prune(const SmallLayer& layer, const SparseGptOptions& options) {
  return sparsegpt(layer.weights.view(), hessian(layer.x.view()), options);
}

double magnitude_error(const SmallLayer& layer, const Sparsity& sparsity) {
  return quadratic_error(
      layer, masked(layer.weights.view(), magnitude_prune_mask(layer.weights.view(), sparsity)).view());
}

double wanda_error(const SmallLayer& layer, const Sparsity& sparsity) {
  const auto norms = input_norms(layer.x.view());
  return quadratic_error(
      layer, masked(layer.weights.view(), wanda_mask(layer.weights.view(), norms, sparsity)).view());
}

double sparsegpt_error(const SmallLayer& layer, const Sparsity& sparsity) {
  return quadratic_error(layer, prune(layer, {.sparsity = sparsity}).weights.view());
}

std::size_t nonzeros(const Matrix& weights) {
  return weights.values().size() - static_cast<std::size_t>(std::ranges::count(weights.values(), 0.0f));
}

doctest::Approx near(double value) {
  return doctest::Approx(value).epsilon(1e-5);
}

}  // namespace

TEST_CASE("one row after Wanda") {
  const std::vector<float> weights{0.75f, -0.25f, 0.5f, 0.125f};
  const std::vector<double> norms{1, 8, 2, 4};  // scores 0.75, 2, 1, 0.5
  const PrunedRow row = wanda_row(weights, norms, 0.5);
  CHECK(row.mask == Mask{0, 1, 1, 0});
  CHECK(row.sum == 0.25);
  CHECK(wanda_row(weights, norms, 0).sum == 1.125);
  CHECK(wanda_row(weights, norms, 1).mask == Mask{0, 0, 0, 0});
  CHECK(wanda_row(weights, std::vector<double>(4, 1), 0.5).mask ==
        magnitude_prune_mask({weights.data(), 1, 4, 4, 1}, half));
  CHECK_THROWS_WITH_AS(wanda_row(weights, std::vector<double>(3, 1), 0.5), doctest::Contains("norms"),
                       EngineError);
  CHECK_THROWS_WITH_AS(wanda_row(weights, std::vector<double>{1, -1, 1, 1}, 0.5), doctest::Contains("norms"),
                       EngineError);
  CHECK_THROWS_AS(wanda_row({}, {}, 0.5), EngineError);
  CHECK_THROWS_AS(wanda_row(weights, norms, 1.5), EngineError);
}

TEST_CASE("known answers of pruning on the tiny layer") {
  const SmallLayer layer = tiny();
  const auto norms = input_norms(layer.x.view());
  CHECK(norms[0] == doctest::Approx(2.549509757));
  CHECK(norms[1] == doctest::Approx(1.887458609));
  const Mask expected = {1, 0, 0, 1, 0, 1, 1, 0};
  CHECK(wanda_mask(layer.weights.view(), norms, two_of_four) == expected);
  CHECK(magnitude_prune_mask(layer.weights.view(), two_of_four) == expected);
  CHECK(wanda_error(layer, two_of_four) == near(0.2771875));
  const SparseGptResult structured = prune(layer, {.sparsity = two_of_four});
  CHECK(structured.mask == expected);
  const double values[] = {0.9, 0, 0, -0.23775340319263566, 0, 0.9739176586784404, -0.7133477612409023, 0};
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(static_cast<double>(structured.weights.values()[i]) == doctest::Approx(values[i]).epsilon(2e-6));
  }
  CHECK(quadratic_error(layer, structured.weights.view()) == near(0.238727078));
  const SparseGptResult unstructured = prune(layer, {.sparsity = half});
  CHECK(nonzeros(unstructured.weights) == 3);
  CHECK(quadratic_error(layer, unstructured.weights.view()) == near(0.313826515));
}

TEST_CASE("known answers of pruning on 32 inputs") {
  const SmallLayer layer = p32();
  const SparseGptResult whole = prune(layer, {.sparsity = half});
  CHECK(nonzeros(whole.weights) == 255);
  CHECK(quadratic_error(layer, whole.weights.view()) == near(5.5116));
  const SparseGptResult blocks = prune(layer, {.sparsity = half, .block = 8});
  CHECK(nonzeros(blocks.weights) == 252);
  CHECK(quadratic_error(layer, blocks.weights.view()) == near(5.71768));
  CHECK(sparsegpt_error(layer, two_of_four) == near(7.27706));
  CHECK(sparsegpt_error(layer, four_of_eight) == near(7.49548));
  CHECK(magnitude_error(layer, one_more) == near(10.3964));
  CHECK(wanda_error(layer, half) == near(10.4592));
  CHECK(magnitude_error(layer, two_of_four) == near(16.1351));
  CHECK(wanda_error(layer, two_of_four) == near(16.9383));
}

TEST_CASE("with outlier inputs SparseGPT is ahead of Wanda, and Wanda of magnitude") {
  const SmallLayer layer = p32(6);
  CHECK(magnitude_error(layer, one_more) == near(88.7091));
  CHECK(wanda_error(layer, half) == near(12.83));
  CHECK(sparsegpt_error(layer, half) == near(7.10912));
  CHECK(magnitude_error(layer, two_of_four) == near(90.3674));
  CHECK(wanda_error(layer, two_of_four) == near(22.3325));
  CHECK(sparsegpt_error(layer, two_of_four) == near(8.73828));
}

TEST_CASE("masks prune what they say, and what they keep stays or is made better") {
  const SmallLayer layer = p32();
  const auto norms = input_norms(layer.x.view());
  for (const double share : {0.0, 0.25, 0.7, 1.0}) {
    const Sparsity sparsity{.share = share};
    const Mask magnitude = magnitude_prune_mask(layer.weights.view(), sparsity);
    CHECK(pruned_share(magnitude) == doctest::Approx(share).epsilon(1.0 / 512));
    const Mask wanda = wanda_mask(layer.weights.view(), norms, sparsity);
    for (std::size_t i = 0; i < 16; ++i) {
      CHECK(std::count(wanda.begin() + static_cast<std::ptrdiff_t>(32 * i),
                       wanda.begin() + static_cast<std::ptrdiff_t>(32 * i + 32),
                       0) == static_cast<int>(share * 32));
    }
    const SparseGptResult result = prune(layer, {.sparsity = sparsity});
    CHECK(pruned_share(result.mask) == doctest::Approx(share).epsilon(0.01));
    for (std::size_t i = 0; i < 512; ++i) {
      if (result.mask[i] == 0) CHECK(result.weights.values()[i] == 0);
    }
  }
  const Mask mask = prune(layer, {.sparsity = two_of_four, .block = 12}).mask;
  for (std::size_t i = 0; i < 512; i += 4) CHECK(mask[i] + mask[i + 1] + mask[i + 2] + mask[i + 3] == 2);
}

TEST_CASE("SparseGPT with a grid leaves zeros and values of the grid") {
  const SmallLayer layer = p32();
  const UniformGrid grid(4, GridRange::symmetric, ScaleType::fp16);
  const SparseGptResult result = prune(layer, {.sparsity = two_of_four, .grid = &grid, .group = 16});
  REQUIRE(result.grid.has_value());
  const GridWeights on_grid = result.grid.value_or(GridWeights{});
  CHECK(std::ranges::equal(on_grid.weights.values(), result.weights.values()));
  for (std::size_t i = 0; i < 512; ++i) {
    if (result.mask[i] == 0) REQUIRE(result.weights.values()[i] == 0);
    const std::size_t group = on_grid.group[i % 32];
    REQUIRE(result.weights.values()[i] ==
            (static_cast<float>(on_grid.codes[i]) - 8) * on_grid.parameters[0](i / 32, group));
  }
}

TEST_CASE("bad patterns are refused") {
  const SmallLayer layer = tiny();
  const auto refuse = [&](const SparseGptOptions& options, const char* word) {
    CHECK_THROWS_WITH_AS(prune(layer, options), doctest::Contains(word), EngineError);
  };
  refuse({.sparsity = {.share = -0.1}}, "sparsity");
  refuse({.sparsity = {.share = std::nan("")}}, "sparsity");
  refuse({.sparsity = {.kept = 4, .of = 4}}, "pattern");
  refuse({.sparsity = {.kept = 1, .of = 3}}, "divide");
  refuse({.sparsity = {.kept = 1, .of = 1000}}, "64");
  refuse({.sparsity = two_of_four, .block = 6}, "block");
  CHECK_THROWS_AS(magnitude_prune_mask(layer.weights.view(), {.share = 2}), EngineError);
  CHECK_THROWS_AS(wanda_mask(layer.weights.view(), input_norms(layer.x.view()), {.share = 2}), EngineError);
}

}  // namespace compression
