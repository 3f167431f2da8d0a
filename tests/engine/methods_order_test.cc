// The order of the methods that their papers publish, on layers that are drawn; docs/methods.md has the
// medians of more and larger ones.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/compress_layer.h"
#include "engine/quantize/sample_layer.h"

namespace compression {
namespace {

/// The median over seven layers of the error on activations that no method has seen.
double median_error(const Recipe& recipe) {
  std::vector<double> errors;
  for (std::uint64_t seed = 0; seed < 7; ++seed) {
    const SampledLayer sample =
        sample_layer({.outputs = 96, .inputs = 128, .tokens = 512, .held_out_tokens = 256, .seed = seed});
    const CompressedLayer result = compress_layer({.weights = sample.weights.view(),
                                                   .calibration = sample.calibration.view(),
                                                   .held_out = sample.held_out.view()},
                                                  recipe);
    errors.push_back(result.held_out_error.value_or(1e9));
  }
  std::ranges::nth_element(errors, errors.begin() + 3);
  return errors[3];
}

}  // namespace

TEST_CASE(
    "GPTQ and AWQ are ahead of rounding at 4, 3 and 2 bits, QuIP# and AQLM of both GPTQ and rounding at 2") {
  for (const std::string format : {"uint4", "uint3", "uint2"}) {
    CAPTURE(format);
    const auto error = [&](const std::string& method, bool scale_inputs = false) {
      return median_error(
          {.method = method, .format = format, .group = Group{64}, .scale_inputs = scale_inputs});
    };
    const double rtn = error("rtn");
    const double gptq = error("gptq");
    CHECK(gptq < rtn);
    CHECK(error("awq") < rtn);
    CHECK(error("gptq", true) < gptq);
    if (format == "uint2") {
      CHECK(error("quip") < gptq);
      CHECK(median_error({.method = "aqlm", .rounds = 2, .beams = 1}) < gptq);
    }
  }
}

TEST_CASE("SparseGPT is ahead of Wanda, and Wanda of magnitude, for a share and for 2:4") {
  for (const Sparsity& sparsity : {Sparsity{.share = 0.5}, Sparsity{.kept = 2, .of = 4}}) {
    const double wanda = median_error({.method = "wanda", .sparsity = sparsity});
    CHECK(median_error({.method = "sparsegpt", .sparsity = sparsity}) < wanda);
    CHECK(wanda < median_error({.method = "magnitude", .sparsity = sparsity}));
  }
}

}  // namespace compression
