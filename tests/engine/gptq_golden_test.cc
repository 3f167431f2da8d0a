// The golden file comes from the code that the authors of GPTQ published.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/quantize/gptq.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/layer.h"
#include "tests/engine/digest.h"
#include "tests/engine/golden.h"
#include "tests/engine/layers.h"
#include "tests/engine/vectors.h"

namespace compression {

TEST_CASE("codes and weights of GPTQ are those of the authors' code, whatever the options") {
  for (auto& fields : test::read_golden("gptq_codes")) {
    std::string name, range, weights, first;
    int bits = 0;
    GptqOptions options;
    fields >> name >> bits >> range >> options.group >> options.static_groups >> options.activation_order;
    CAPTURE(name);
    CAPTURE(bits);
    CAPTURE(range);
    CAPTURE(options.group);
    CAPTURE(options.static_groups);
    CAPTURE(options.activation_order);
    const test::SmallLayer layer = test::reference_layer(name);
    const UniformGrid grid(bits, range == "full" ? GridRange::full : GridRange::asymmetric, ScaleType::fp32);
    const GptqResult result = gptq(layer.weights.view(), hessian(layer.x.view()), grid, options);
    const std::vector<std::uint8_t>& codes = result.grid.codes;
    CHECK(test::digest_of(std::span(codes)) == test::read_digest(fields));
    double error = 0;
    fields >> weights >> first >> error;
    if (weights != "-") {
      CHECK(test::digest_of(result.grid.weights.values()) == std::stoull(weights, nullptr, 16));
    }
    CHECK(test::hexadecimal(std::vector(codes.begin(), codes.begin() + 16), 2) == first);
    CHECK(relative_output_error(layer.weights.view(), result.grid.weights.view(), layer.x.view()) ==
          doctest::Approx(error).epsilon(1e-6));
  }
}

}  // namespace compression
