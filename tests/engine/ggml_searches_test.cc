// The searches with a block a lane against their naive form: blocks of every kind, side by side with any
// other.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/formats/ggml/affine_search.h"
#include "engine/formats/ggml/descent_search.h"
#include "engine/formats/ggml/non_negative_search.h"
#include "engine/formats/ggml/symmetric_search.h"
#include "engine/tensor/random.h"
#include "engine/tensor/side_by_side.h"
#include "tests/engine/k_quant_searches_reference.h"

namespace compression::ggml {
namespace {

constexpr std::size_t lanes = Floats::size;

template <std::size_t n>
using Blocks = std::array<float, n * lanes>;

float lane(Floats batch, std::size_t index) {
  std::array<float, lanes> all;
  batch.store_unaligned(all.data());
  return all[index];
}

/// Gaussian, shifted, constant, sparse, nearly or wholly zero; magnitudes from subnormal to as large as fp16
/// scales reach.
template <std::size_t n>
Blocks<n> random_blocks(Random& random) {
  Blocks<n> blocks;
  for (std::size_t begin = 0; begin < blocks.size(); begin += n) {
    const auto kind = random.integers(0, 8);
    const double magnitude = std::exp2(kind == 7 ? 20 - 150 * random.random() : random.normal(0, 4));
    const double shift = kind == 1 ? 3 : kind == 2 ? -3 : 0;
    for (std::size_t i = 0; i < n; ++i) {
      double value = random.normal(shift, 1);
      if (kind == 3) value = -0.7;
      if (kind == 4 && random.random() < 0.8) value = 0;
      if (kind == 5) value = std::rint(2 * value);
      if (kind == 6) value = random.random() < 0.1 ? 1e-16 : 0;
      blocks[begin + i] = static_cast<float>(magnitude * value);
    }
  }
  return blocks;
}

template <std::size_t n>
Blocks<n> random_weights(Random& random) {
  Blocks<n> weights;
  for (float& weight : weights) {
    weight = random.random() < 0.05 ? 0 : static_cast<float>(std::exp2(random.normal(0, 2)));
  }
  return weights;
}

bool same(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) || a == b;
}

template <ErrorKind kind, std::size_t n>
void check_affine(Random& random, int highest, const AffineCandidates& candidates) {
  const Blocks<n> x = random_blocks<n>(random);
  const Blocks<n> w = random_weights<n>(random);
  const auto columns = load_side_by_side<n>(x.data());
  const AffineFit fit = fit_affine<kind, n>(columns, load_side_by_side<n>(w.data()), highest, candidates);
  for (std::size_t block = 0; block < lanes; ++block) {
    const auto expected = reference::fit_affine(
        std::span(x).subspan(block * n, n), std::span(w).subspan(block * n, n), highest,
        {candidates.first, candidates.step, candidates.last, kind == ErrorKind::absolute});
    CHECK(same(lane(fit.scale, block), expected.scale));
    CHECK(same(lane(fit.minimum, block), expected.minimum));
    for (std::size_t i = 0; i < n; ++i) {
      CHECK(lane(fit.grid.code(columns[i]), block) == static_cast<float>(expected.codes[i]));
    }
  }
}

}  // namespace

TEST_CASE("scale and minimum of blocks side by side equal those of each block alone") {
  Random random(1);
  for (int trial = 0; trial < 300; ++trial) {
    check_affine<ErrorKind::squared, 32>(random, 15, {-1, 0.1f, 20});
    check_affine<ErrorKind::squared, 32>(random, 31, important_candidates);
    check_affine<ErrorKind::absolute, 16>(random, 3, {-0.5f, 0.1f, 15});
  }
}

TEST_CASE("symmetric scales of blocks side by side equal those of each block alone") {
  Random random(2);
  for (int trial = 0; trial < 300; ++trial) {
    for (const int half : {4, 8, 16, 32}) {
      const auto x = random_blocks<16>(random);
      const auto w = random_weights<16>(random);
      const auto columns = load_side_by_side<16>(x.data());
      const auto fit = fit_symmetric(columns, load_side_by_side<16>(w.data()), half);
      for (std::size_t block = 0; block < lanes; ++block) {
        const auto expected = reference::fit_symmetric(std::span(x).subspan(block * 16, 16),
                                                       std::span(w).subspan(block * 16, 16), half);
        CHECK(same(lane(fit.scale, block), expected.scale));
        for (std::size_t i = 0; i < 16; ++i) {
          CHECK(lane(fit.code(columns[i]), block) == static_cast<float>(expected.codes[i]));
        }
      }
    }
  }
}

TEST_CASE("scales by descent of blocks side by side equal those of each block alone") {
  Random random(3);
  for (int trial = 0; trial < 1000; ++trial) {
    const auto x = random_blocks<16>(random);
    const auto fit = fit_by_descent<16>(load_side_by_side<16>(x.data()), 4);
    for (std::size_t block = 0; block < lanes; ++block) {
      const auto expected = reference::fit_by_descent(std::span(x).subspan(block * 16, 16), 4);
      CHECK(same(lane(fit.scale, block), expected.scale));
      for (std::size_t i = 0; i < 16; ++i) {
        CHECK(lane(fit.codes[i], block) == static_cast<float>(expected.codes[i]));
      }
    }
  }
}

TEST_CASE("the scale of scales equals its naive form, negative numbers among them too") {
  Random random(4);
  for (int trial = 0; trial < 1000; ++trial) {
    std::array<float, 8> x;
    std::array<float, 8> w;
    for (float& value : x) value = static_cast<float>(random.normal(trial % 3, 1));
    for (float& value : w) value = static_cast<float>(std::exp2(random.normal(0, 3)));
    const auto fit = fit_non_negative<8>(x, w, 63);
    const auto expected = reference::fit_non_negative(x, w, 63);
    CHECK(same(fit.scale, expected.scale));
    CHECK(std::equal(fit.codes.begin(), fit.codes.end(), expected.codes.begin()));
  }
}

TEST_CASE("rounding beyond its range is ggml's, in a batch and alone") {
  for (const float x :
       {0.5f, 1.5f, -2.5f, 4194303.0f, -4194304.0f, 4194304.5f, 1e20f, -1e20f, INFINITY, NAN}) {
    CHECK(nearest_integer(x) == reference::nearest(x));
    CHECK(lane(nearest(Floats(x)), 0) == static_cast<float>(reference::nearest(x)));
  }
  CHECK(nearest_integer(2.5f) == 2);
  CHECK(nearest_integer(INFINITY) == -4194304);
}

}  // namespace compression::ggml
