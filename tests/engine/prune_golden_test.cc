// The golden file comes from the code that the authors of SparseGPT and of Wanda published.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/prune/sparsegpt.h"
#include "engine/prune/sparsity.h"
#include "engine/prune/wanda.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/layer.h"
#include "tests/engine/digest.h"
#include "tests/engine/golden.h"
#include "tests/engine/layers.h"

namespace compression {
namespace {

Matrix pruned(const test::SmallLayer& layer, const std::string& method, Sparsity sparsity, int bits) {
  const ConstMatrixView weights = layer.weights.view();
  if (method == "sparsegpt") {
    std::optional<UniformGrid> grid;
    if (bits != 0) grid.emplace(bits, GridRange::asymmetric, ScaleType::fp32);
    return sparsegpt(weights, hessian(layer.x.view()),
                     {.sparsity = sparsity, .grid = grid ? &*grid : nullptr})
        .weights;
  }
  if (method == "wanda") return masked(weights, wanda_mask(weights, input_norms(layer.x.view()), sparsity));
  // Wanda's code prunes the weight at the place of the share as well.
  sparsity.share += 1 / static_cast<double>(layer.weights.values().size());
  return masked(weights, magnitude_prune_mask(weights, sparsity));
}

}  // namespace

TEST_CASE(
    "masks of SparseGPT, Wanda and magnitude are those of the authors' code, and the weights that stay") {
  for (auto& fields : test::read_golden("pruned_weights")) {
    std::string name, method, of_weights;
    Sparsity sparsity;
    int bits = 0;
    fields >> name >> method >> sparsity.share >> sparsity.kept >> sparsity.of >> bits;
    CAPTURE(name);
    CAPTURE(method);
    CAPTURE(sparsity.share);
    CAPTURE(sparsity.kept);
    CAPTURE(sparsity.of);
    CAPTURE(bits);
    const test::SmallLayer layer = test::reference_layer(name);
    const Matrix weights = pruned(layer, method, sparsity, bits);
    std::vector<std::uint8_t> stays;
    for (const float weight : weights.values()) stays.push_back(weight != 0 ? 1 : 0);
    CHECK(test::digest_of(std::span<const std::uint8_t>(stays)) == test::read_digest(fields));
    fields >> of_weights;
    if (of_weights != "-") CHECK(test::digest_of(weights.values()) == std::stoull(of_weights, nullptr, 16));
    for (std::size_t i = 0, j = 0; i < 4; ++j) {
      if (weights(0, j) == 0) continue;
      double first = 0;
      fields >> first;
      CHECK(static_cast<double>(weights(0, j)) == doctest::Approx(first).epsilon(1e-5).scale(0));
      ++i;
    }
    double error = 0;
    fields >> error;
    CHECK(relative_output_error(layer.weights.view(), weights.view(), layer.x.view()) ==
          doctest::Approx(error).epsilon(1e-6));
  }
}

}  // namespace compression
