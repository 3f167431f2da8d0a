// The golden file comes from the code that the authors of AWQ published.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "engine/quantize/awq.h"
#include "engine/quantize/layer.h"
#include "engine/tensor/columns.h"
#include "tests/engine/digest.h"
#include "tests/engine/golden.h"
#include "tests/engine/layers.h"

namespace compression {
namespace {

float largest_magnitude(ConstMatrixView weights) {
  float largest = 0;
  for (std::size_t j = 0; j < weights.cols; ++j) largest = std::max(largest, std::abs(weights(0, j)));
  return largest;
}

/// How many twentieths the largest magnitude of each group lies below that of the weights as given.
std::vector<std::uint8_t> twentieths(ConstMatrixView clamped, ConstMatrixView given, std::size_t group) {
  std::vector<std::uint8_t> below;
  for (std::size_t i = 0; i < given.rows; ++i) {
    for (std::size_t j = 0; j < given.cols; j += group) {
      const float share =
          largest_magnitude(clamped.block(i, j, 1, group)) / largest_magnitude(given.block(i, j, 1, group));
      below.push_back(static_cast<std::uint8_t>(std::lround((1 - share) * 20)));
    }
  }
  return below;
}

/// Checks a line of the golden file and returns the weights that the layer then computes with.
Matrix check_search(const std::string& search, const test::SmallLayer& layer, const UniformGrid& grid,
                    std::size_t group, std::istringstream& fields) {
  const ConstMatrixView weights = layer.weights.view();
  if (search == "clip") {
    const ClipResult clip = awq_clip(weights, layer.x.view(), grid, group);
    const std::vector<std::uint8_t> below = twentieths(clip.weights.view(), weights, group);
    CHECK(test::digest_of(std::span(below)) == test::read_digest(fields));
    return std::move(round_to_nearest(clip.weights.view(), grid, group).weights);
  }
  const AwqScales found = awq_scales(layer.layer(), grid, {.group = group});
  double alpha = 0;
  fields >> alpha;
  CHECK(found.alpha == alpha);
  for (const std::size_t input : {0u, 1u, 5u, 100u}) {
    double scale = 0;
    fields >> scale;
    CHECK(static_cast<double>(found.scales[input]) == doctest::Approx(scale).epsilon(1e-6));
  }
  const Matrix scaled = columns_times(weights, found.scales);
  return columns_over(round_to_nearest(scaled.view(), grid, group).weights.view(), found.scales);
}

}  // namespace

TEST_CASE("AWQ's exponent, scales and limits are those of the authors' code") {
  const test::SmallLayer layer = test::reference_layer("wide");
  for (auto& fields : test::read_golden("awq_search")) {
    std::string search;
    int bits = 0;
    std::size_t group = 0;
    fields >> search >> bits >> group;
    CAPTURE(search);
    CAPTURE(bits);
    CAPTURE(group);
    const UniformGrid grid(bits, GridRange::tight, ScaleType::fp32);
    const Matrix approximation = check_search(search, layer, grid, group, fields);
    double error = 0;
    fields >> error;
    CHECK(relative_output_error(layer.weights.view(), approximation.view(), layer.x.view()) ==
          doctest::Approx(error).epsilon(1e-6).scale(0));
  }
}

}  // namespace compression
