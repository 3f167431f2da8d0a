#include "engine/quantize/format_grid.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/compress_layer.h"
#include "engine/error.h"
#include "engine/formats/block_codes.h"
#include "engine/formats/registry.h"
#include "engine/quantize/gptq.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/sample_layer.h"
#include "engine/tensor/matrix.h"
#include "engine/tensor/random.h"
#include "tests/engine/digest.h"

namespace compression {
namespace {

/// Every format of blocks on whose values methods can choose.
const std::vector<std::string> block_formats = {"nf4",        "fp4",        "mxfp4",  "mxfp6_e2m3",
                                                "mxfp6_e3m2", "mxfp8_e4m3", "mxint8", "q4_k"};

Layer layer_of(const SampledLayer& drawn) {
  return {.weights = drawn.weights.view(), .calibration = drawn.calibration.view()};
}

SampledLayer correlated(std::uint64_t seed, std::size_t inputs = 256) {
  return sample_layer({.outputs = 32, .inputs = inputs, .tokens = 512, .seed = seed});
}

Matrix identity(std::size_t size) {
  Matrix h(size, size);
  for (std::size_t i = 0; i < size; ++i) h(i, i) = 1;
  return h;
}

/// What a method packed, read again, with the scales of its inputs undone.
std::vector<float> unpacked(const CompressedLayer& result) {
  REQUIRE(result.packed.has_value());
  const Packed packed = result.packed.value_or(Packed{});
  std::vector<float> weights = unpack(packed.bytes, packed.spec);
  for (std::size_t i = 0; i < weights.size() && !result.input_scales.empty(); ++i) {
    weights[i] /= result.input_scales[i % result.input_scales.size()];
  }
  return weights;
}

}  // namespace

TEST_CASE("where inputs have nothing to do with one another, GPTQ packs the bytes of the format") {
  for (const std::string& format : block_formats) {
    CAPTURE(format);
    // The second width is a multiple of no block but 64.
    for (const std::size_t cols : {std::size_t{512}, std::size_t{320}}) {
      const std::vector<float> values = sample_weights(
          {.count = 7 * cols, .sigma = 0.02f, .outlier_fraction = 0.01, .outlier_scale = 9, .seed = 5});
      const PackOptions options{.format = format, .rows = 7, .cols = cols};
      const auto grid = format_grid(options, GridRange::asymmetric);
      for (const bool static_groups : {false, true}) {
        const GptqResult result = gptq({values.data(), 7, cols, cols, 1}, identity(cols), *grid,
                                       {.group = grid_group(options), .static_groups = static_groups});
        CHECK(pack_grid(result.grid, options).bytes == pack(values, options).bytes);
      }
    }
  }
}

TEST_CASE("rows that no block divides are filled up as the format does it") {
  for (const std::string& format : block_formats) {
    CAPTURE(format);
    // Blocks of nf4 and fp4 run on from row to row, so that only a row by itself may end within one.
    const bool flat = format == "nf4" || format == "fp4";
    const std::size_t rows = flat ? 1 : 3;
    const std::vector<float> values = sample_weights({.count = rows * 301, .sigma = 1, .seed = 6});
    const PackOptions options{.format = format, .rows = rows, .cols = 301};
    const auto grid = format_grid(options, GridRange::asymmetric);
    const GptqResult result =
        gptq({values.data(), rows, 301, 301, 1}, identity(301), *grid, {.group = grid_group(options)});
    const Packed packed = pack_grid(result.grid, options);
    CHECK(packed.bytes == pack(values, options).bytes);
    CHECK(std::ranges::equal(unpack(packed.bytes, packed.spec), result.grid.weights.values()));
  }
  const SampledLayer odd = correlated(0, 96);
  for (const std::string format : {"nf4", "fp4"}) {
    CHECK_THROWS_WITH_AS(compress_layer(layer_of(odd), {.method = "gptq", .format = format}),
                         doctest::Contains("weights.cols must be a multiple of 64"), EngineError);
  }
  const CompressedLayer short_row = compress_layer(layer_of(odd), {.method = "gptq", .format = "q4_k"});
  CHECK(short_row.bits_per_weight == 144 * 8 / 96.0);
  CHECK(unpacked(short_row) == short_row.weights);
}

TEST_CASE("GPTQ loses less than rounding in the same format") {
  for (const std::string format : {"nf4", "mxfp4", "q4_k"}) {
    CAPTURE(format);
    std::vector<double> ratios;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const SampledLayer drawn = correlated(seed);
      const double rounded =
          compress_layer(layer_of(drawn), {.method = "rtn", .format = format}).calibration_error;
      ratios.push_back(
          compress_layer(layer_of(drawn), {.method = "gptq", .format = format}).calibration_error / rounded);
    }
    std::ranges::sort(ratios);
    CHECK(ratios.back() < 1);
    CHECK(ratios[10] < 0.85);
  }
}

TEST_CASE("what GPTQ and AWQ pack in blocks is what the layer computes with") {
  const SampledLayer drawn = correlated(3, 512);
  for (const std::string& format : block_formats) {
    CAPTURE(format);
    for (const Recipe& recipe :
         {Recipe{.method = "gptq"}, Recipe{.method = "gptq", .static_groups = true},
          Recipe{.method = "gptq", .activation_order = true, .static_groups = true},
          Recipe{.method = "gptq", .scale_inputs = true, .alphas = 4}, Recipe{.method = "awq", .alphas = 4},
          Recipe{.method = "gptq", .block = 48}}) {
      Recipe with_format = recipe;
      with_format.format = format;
      const CompressedLayer result = compress_layer(layer_of(drawn), with_format);
      CHECK(unpacked(result) == result.weights);
      // Both sides are multiples of all blocks: nothing is filled up.
      CHECK(result.bits_per_weight == format_info(format).bits_per_weight);
    }
  }
}

TEST_CASE("AWQ's scales, then GPTQ, are ahead of either on formats of blocks") {
  for (const std::string format : {"nf4", "mxfp4", "q4_k"}) {
    CAPTURE(format);
    const SampledLayer drawn = correlated(1);
    const auto error = [&](const Recipe& recipe) {
      return compress_layer(layer_of(drawn), recipe).calibration_error;
    };
    const double both = error({.method = "gptq", .format = format, .scale_inputs = true});
    CHECK(both < error({.method = "gptq", .format = format}));
    CHECK(both < error({.method = "awq", .format = format}));
  }
}

TEST_CASE("a weight takes the value of its block that is nearest when its turn comes") {
  const SampledLayer drawn = correlated(4, 64);
  const Matrix h = hessian(drawn.calibration.view());
  for (const std::string format : {"nf4", "fp4", "mxfp4", "q4_k"}) {
    CAPTURE(format);
    const PackOptions options{.format = format, .rows = 32, .cols = 64};
    const auto grid = format_grid(options, GridRange::asymmetric);
    // One input a block: the observer sees every weight just before it is rounded.
    Matrix before = copy(drawn.weights.view().transposed());
    double worst = 0;
    const auto watch = [&](ConstMatrixView weights, std::size_t done) {
      for (std::size_t j = 0; j < 32; ++j) {
        const float chosen = weights(done - 1, j);
        before(done - 1, j) -= chosen;
        for (std::size_t i = done; i < 64; ++i) before(i, j) = weights(i, j);
      }
    };
    const GptqResult result = gptq(drawn.weights.view(), copy(h.view()), *grid,
                                   {.group = grid_group(options), .block = 1}, {}, watch);
    const Packed packed = pack_grid(result.grid, options);
    // Every value that a code can stand for, at each place: the same bytes with other codes.
    std::vector<float> nearest(32 * 64, 1e9f);
    GridWeights other = result.grid;
    for (int code = 0; code < 16; ++code) {
      std::ranges::fill(other.codes, static_cast<std::uint8_t>(code));
      const std::vector<float> values = unpack(pack_grid(other, options).bytes, packed.spec);
      for (std::size_t i = 0; i < nearest.size(); ++i) {
        const float weight = before(i % 64, i / 64) + result.grid.weights(i / 64, i % 64);
        nearest[i] = std::min(nearest[i], std::abs(values[i] - weight));
      }
    }
    for (std::size_t i = 0; i < nearest.size(); ++i) {
      worst = std::max(worst, static_cast<double>(std::abs(before(i % 64, i / 64)) - nearest[i]));
    }
    CHECK(worst < 1e-7);
  }
}

TEST_CASE("half the damped quadratic error on a block format is the sum of the losses") {
  const SampledLayer drawn = correlated(2);
  const Matrix h = hessian(drawn.calibration.view());
  const PackOptions options{.format = "q4_k", .rows = 32, .cols = 256};
  const GptqResult result = gptq(drawn.weights.view(), copy(h.view()),
                                 *format_grid(options, GridRange::asymmetric), {.group = 256});
  double mean = 0;
  for (std::size_t i = 0; i < 256; ++i) mean += static_cast<double>(h(i, i)) / 256;
  double damped = 0;
  for (std::size_t r = 0; r < 32; ++r) {
    for (std::size_t i = 0; i < 256; ++i) {
      const auto difference = [&](std::size_t input) {
        return static_cast<double>(drawn.weights(r, input)) -
               static_cast<double>(result.grid.weights(r, input));
      };
      for (std::size_t j = 0; j < 256; ++j) {
        damped += difference(i) * difference(j) *
                  (static_cast<double>(h(i, j)) + (i == j ? result.damping * mean : 0));
      }
    }
  }
  CHECK(std::accumulate(result.losses.begin(), result.losses.end(), 0.0) ==
        doctest::Approx(damped / 2).epsilon(1e-3));
}

TEST_CASE("what block formats cannot do is refused by name") {
  const SampledLayer drawn = correlated(0);
  for (const std::string& format : block_formats) {
    CHECK_THROWS_WITH_AS(
        compress_layer(layer_of(drawn), {.method = "gptq", .format = format, .activation_order = true}),
        doctest::Contains("activationOrder needs staticGroups"), EngineError);
    CHECK_THROWS_WITH_AS(compress_layer(layer_of(drawn), {.method = "sparsegpt", .format = format}),
                         doctest::Contains("integer format"), EngineError);
  }
  for (const std::string format : {"nf4_dq", "nvfp4", "q5_k", "iq4_nl", "fp16", "e8p"}) {
    CAPTURE(format);
    CHECK_THROWS_WITH_AS(compress_layer(layer_of(drawn), {.method = "gptq", .format = format}),
                         doctest::Contains(("not " + format).c_str()), EngineError);
  }
  const std::vector<std::uint8_t> codes(64);
  const std::vector<Matrix> two(1, Matrix(1, 2));
  CHECK_THROWS_WITH_AS(pack_block_codes({codes, two}, {.format = "nf4"}), doctest::Contains("parameters"),
                       EngineError);
  CHECK_THROWS_WITH_AS(pack_block_codes({codes, two}, {.format = "int4"}), doctest::Contains("not int4"),
                       EngineError);
  Matrix huge = copy(drawn.weights.view());
  huge(3, 5) = 1e9f;
  CHECK_THROWS_WITH_AS(
      compress_layer({.weights = std::as_const(huge).view(), .calibration = drawn.calibration.view()},
                     {.method = "gptq", .format = "q4_k"}),
      doctest::Contains("q4_k"), EngineError);
}

TEST_CASE("every build gives the same bytes of blocks") {
  test::Digest digest;
  const SampledLayer drawn = correlated(7);
  for (const std::string& format : block_formats) {
    for (const bool scale_inputs : {false, true}) {
      const CompressedLayer result =
          compress_layer(layer_of(drawn), {.method = "gptq", .format = format, .scale_inputs = scale_inputs});
      digest.add(std::span<const std::uint8_t>(result.packed.value_or(Packed{}).bytes));
    }
  }
  CHECK(digest.value() == 8692685431540956745u);
}

}  // namespace compression
