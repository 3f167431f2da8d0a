#include "engine/quantize/awq.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/quantize/sample_layer.h"
#include "tests/engine/layers.h"

namespace compression {
namespace {

using test::p32;
using test::SmallLayer;

double mean_squared_error(const SmallLayer& layer, ConstMatrixView weights) {
  return squared_output_error(layer.weights.view(), weights, layer.x.view()) / (256 * 16);
}

}  // namespace

TEST_CASE("known answers of AWQ's search for scales") {
  struct Answer {
    int bits;
    double alpha;
    std::vector<double> scales;
    std::vector<double> loss;
  };
  const SmallLayer layer = p32(6);
  for (const Answer& answer :
       {Answer{4,
               0.45,
               {1.307746057, 0.618931116, 0.655015261, 0.666094039, 0.679682736, 1.512843744},
               {0.05989, 0.05051, 0.04193, 0.04532, 0.05775, 0.04558, 0.04965, 0.05258, 0.04272, 0.03598,
                0.04114, 0.05286, 0.03867, 0.03654, 0.05154, 0.07635, 0.07705, 0.09459, 0.08004, 0.08239}},
        Answer{3,
               0.35,
               {1.232052817, 0.688563542, 0.719588869, 0.729037503, 0.740579215, 1.379875282},
               {0.2914, 0.2805, 0.234,  0.2229, 0.2918, 0.2538, 0.2559, 0.2099, 0.2199, 0.2278,
                0.225,  0.2321, 0.2531, 0.2233, 0.2537, 0.2357, 0.2775, 0.2699, 0.2815, 0.3086}}}) {
    const UniformGrid grid(answer.bits, GridRange::tight, ScaleType::fp32);
    const AwqScales found = awq_scales(layer.layer(), grid, {.group = 8});
    CHECK(found.alpha == answer.alpha);
    for (std::size_t i = 0; i < answer.scales.size(); ++i) {
      CHECK(static_cast<double>(found.scales[i]) == doctest::Approx(answer.scales[i]).epsilon(1e-6));
    }
    // The answers have four digits.
    for (std::size_t i = 0; i < 20; ++i)
      CHECK(found.loss[i] == doctest::Approx(answer.loss[i]).epsilon(2e-4));
  }
}

TEST_CASE("a given exponent is the only one that is tried, and a single scale is that of the layer") {
  const SmallLayer layer = p32(6);
  const UniformGrid grid(4, GridRange::tight, ScaleType::fp32);
  const AwqScales searched = awq_scales(layer.layer(), grid, {.group = 8});
  const AwqScales given = awq_scales(layer.layer(), grid, {.group = 8, .alpha = 0.45});
  CHECK(given.alpha == 0.45);
  CHECK(given.loss == std::vector<double>{searched.loss[9]});
  CHECK(given.scales == searched.scales);

  std::vector<double> magnitudes(32);
  for (std::size_t t = 0; t < layer.x.rows(); ++t) {
    for (std::size_t j = 0; j < 32; ++j) magnitudes[j] += std::abs(static_cast<double>(layer.x(t, j)));
  }
  for (double& magnitude : magnitudes) magnitude /= static_cast<double>(layer.x.rows());
  const auto [least, most] = std::ranges::minmax(magnitudes);
  for (std::size_t j = 0; j < 32; ++j) {
    CHECK(static_cast<float>(awq_scale(magnitudes[j], least, most, 0.45)) == given.scales[j]);
  }
  CHECK(awq_scale(16, 1, 16, 0.5) == doctest::Approx(2).epsilon(1e-12));
  CHECK(awq_scale(3, 1, 16, 0) == 1);
  for (const double alpha : {-0.1, 1.5, std::nan("")}) {
    CHECK_THROWS_WITH_AS(awq_scales(layer.layer(), grid, {.alpha = alpha}), doctest::Contains("alpha"),
                         EngineError);
    CHECK_THROWS_WITH_AS(awq_scale(1, 1, 1, alpha), doctest::Contains("alpha"), EngineError);
  }
  CHECK_THROWS_WITH_AS(awq_scale(1, 0, 2, 0.5), doctest::Contains("least"), EngineError);
  CHECK_THROWS_WITH_AS(awq_scale(1, 2, 3, 0.5), doctest::Contains("magnitude"), EngineError);
  CHECK_THROWS_WITH_AS(awq_scale(2, 1, HUGE_VAL * 0, 0.5), doctest::Contains("most"), EngineError);
}

TEST_CASE("known answers of AWQ's search for ranges") {
  const SmallLayer layer = p32(6);
  const UniformGrid grid(3, GridRange::tight, ScaleType::fp32);
  const ClipResult clip = awq_clip(layer.weights.view(), layer.x.view(), grid, 8);
  CHECK(clip.error_before == doctest::Approx(4.35862).epsilon(1e-5));
  // A group clamped on both sides has its zero at a tie, 3.5: in float32 one of the 64 falls on the other
  // side than in the double of the answers.
  CHECK(clip.error_after == doctest::Approx(2.62485).epsilon(0.01));
  CHECK(std::abs(static_cast<int>(clip.clipped) - 42) <= 1);
  const GridWeights before = round_to_nearest(layer.weights.view(), grid, 8);
  const GridWeights after = round_to_nearest(clip.weights.view(), grid, 8);
  CHECK(mean_squared_error(layer, before.weights.view()) == doctest::Approx(0.291378).epsilon(1e-5));
  CHECK(mean_squared_error(layer, after.weights.view()) == doctest::Approx(0.180761).epsilon(0.01));
}

TEST_CASE("AWQ without clipping is never worse than rounding on the tokens that it looks at") {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const SampledLayer sample =
        sample_layer({.outputs = 24, .inputs = 40, .tokens = 100, .held_out_tokens = 0, .seed = seed});
    const Layer layer{.weights = sample.weights.view(), .calibration = sample.calibration.view()};
    for (const GridRange range : {GridRange::symmetric, GridRange::asymmetric, GridRange::tight}) {
      const UniformGrid grid(3, range, ScaleType::fp16);
      const AwqResult result = awq(layer, grid, {.group = 16, .clip = false});
      const GridWeights rounded = round_to_nearest(layer.weights, grid, 16);
      CHECK(relative_output_error(layer.weights, result.weights.view(), layer.calibration) <=
            relative_output_error(layer.weights, rounded.weights.view(), layer.calibration));
      for (std::size_t i = 0; i < 24; ++i) {
        for (std::size_t j = 0; j < 40; ++j) {
          REQUIRE(result.weights(i, j) == result.grid.weights(i, j) / result.search.scales[j]);
        }
      }
    }
  }
}

TEST_CASE("AWQ looks at every n-th token, and says how far it is") {
  const SmallLayer layer = p32(6);
  const UniformGrid grid(4, GridRange::tight, ScaleType::fp16);
  double latest = 0;
  const AwqScales some =
      awq_scales(layer.layer(), grid, {.group = 8, .alphas = 5, .search_tokens = 100}, [&](double share) {
        CHECK(share > latest);
        latest = share;
        return true;
      });
  CHECK(latest == 1);
  CHECK(some.loss.size() == 5);
  const ConstMatrixView third{layer.x.view().data, 86, 32, 3 * 32, 1};
  const Layer of_third{.weights = layer.weights.view(), .calibration = third};
  CHECK(some.loss[0] == awq_scales(of_third, grid, {.group = 8, .alphas = 1}).loss[0]);
  CHECK_THROWS_WITH_AS(awq(layer.layer(), grid, {.alphas = 0}), doctest::Contains("alphas"), EngineError);
  CHECK_THROWS_WITH_AS(awq(layer.layer(), grid, {.search_tokens = 0}), doctest::Contains("searchTokens"),
                       EngineError);
}

TEST_CASE("an input without activations keeps a finite scale") {
  SmallLayer layer = p32();
  for (std::size_t t = 0; t < 256; ++t) layer.x(t, 7) = 0;
  const AwqScales found =
      awq_scales(layer.layer(), UniformGrid(4, GridRange::tight, ScaleType::fp16), {.group = 8});
  CHECK(found.scales[7] > 0);
  CHECK(*std::ranges::max_element(found.scales) < 1e4f);
}

}  // namespace compression
