// The golden file comes from the code that the authors of SmoothQuant published.
#include <doctest/doctest.h>

#include <cstddef>
#include <string>

#include "engine/quantize/layer.h"
#include "engine/quantize/smoothquant.h"
#include "engine/tensor/matrix.h"
#include "engine/tensor/matrix_product.h"
#include "tests/engine/golden.h"
#include "tests/engine/layers.h"

namespace compression {

TEST_CASE("SmoothQuant's scales and outputs are those of the authors' code") {
  const test::SmallLayer layer = test::reference_layer("even");
  const ConstMatrixView weights = layer.weights.view();
  Matrix exact(layer.x.rows(), weights.rows);
  add_product(exact.view(), layer.x.view(), weights.transposed());
  for (auto& fields : test::read_golden("smoothquant_scales")) {
    double alpha = 0;
    std::string activations;
    fields >> alpha >> activations;
    CAPTURE(alpha);
    CAPTURE(activations);
    const SmoothedLayer smoothed =
        smoothquant(layer.layer(), {.alpha = alpha, .per_tensor = activations == "tensor"});
    for (const std::size_t input : {0u, 1u, 5u, 100u}) {
      double scale = 0;
      fields >> scale;
      CHECK(static_cast<double>(smoothed.scales[input]) == doctest::Approx(scale).epsilon(1e-6));
    }
    double error = 0;
    fields >> error;
    // One activation of 131,072, that is 49.5 steps large, is rounded by the last digit of its scale.
    const Matrix outputs = smoothed_output(weights, smoothed, layer.x.view());
    CHECK(relative_difference(exact.view(), outputs.view()) == doctest::Approx(error).epsilon(1e-4).scale(0));
  }
}

}  // namespace compression
