#include "engine/compress_layer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/formats/integer_codes.h"
#include "engine/prune/semi_structured.h"
#include "engine/prune/wanda.h"
#include "engine/quantize/sample_layer.h"
#include "engine/tensor/magnitude.h"
#include "tests/engine/digest.h"
#include "tests/engine/layers.h"

namespace compression {
namespace {

struct Sample {
  SampledLayer drawn;

  explicit Sample(std::uint64_t seed)
      : drawn(sample_layer(
            {.outputs = 48, .inputs = 96, .tokens = 256, .held_out_tokens = 128, .seed = seed})) {}

  [[nodiscard]] Layer layer() const {
    return {.weights = drawn.weights.view(),
            .calibration = drawn.calibration.view(),
            .held_out = drawn.held_out.view()};
  }
};

/// What a method packed; the test fails where it packed nothing.
Packed packed_of(const CompressedLayer& result) {
  REQUIRE(result.packed.has_value());
  return result.packed.value_or(Packed{});
}

const Series& trace(const CompressedLayer& result, const std::string& name) {
  const auto found = std::ranges::find(result.trace, name, &Series::name);
  REQUIRE(found != result.trace.end());
  return *found;
}

}  // namespace

TEST_CASE("every method answers, and what it packs is what it computes with") {
  const Sample sample(1);
  for (const Method& method : methods()) {
    CAPTURE(method.id);
    double latest = 0;
    const CompressedLayer result = compress_layer(
        sample.layer(), {.method = std::string(method.id), .group = Group{32}}, [&](double share) {
          CHECK(share >= latest);
          latest = share;
          return true;
        });
    REQUIRE(result.weights.size() == 48 * 96);
    CHECK(result.calibration_error > 0);
    CHECK(result.calibration_error < 1);
    CHECK(result.held_out_error.value_or(2) < 1);
    CHECK(result.bits_per_weight > 0);
    // The codebooks of AQLM alone are 14 bits a weight in a layer as small as this.
    CHECK(result.bits_per_weight < (method.id == "aqlm" ? 17 : 16));
    if (!result.packed) continue;
    std::vector<float> unpacked = unpack(result.packed->bytes, result.packed->spec);
    for (std::size_t i = 0; i < unpacked.size(); ++i) {
      if (!result.input_scales.empty()) unpacked[i] /= result.input_scales[i % 96];
    }
    CHECK(unpacked == result.weights);
    CHECK(result.bits_per_weight == result.packed->bits_per_weight());
  }
}

TEST_CASE("GPTQ packs every integer format, and act-order pays for its indices") {
  const Sample sample(2);
  for (const std::string format : {"int8", "int5", "int2", "uint8", "uint3", "uint2"}) {
    for (const ScaleType scales : {ScaleType::fp16, ScaleType::fp32}) {
      const CompressedLayer result = compress_layer(
          sample.layer(), {.method = "gptq", .format = format, .group = Group{20}, .scales = scales});
      const Packed packed = packed_of(result);
      CHECK(unpack(packed.bytes, packed.spec) == result.weights);
    }
  }
  Recipe recipe{.method = "gptq", .group = Group{32}};
  const double plain = compress_layer(sample.layer(), recipe).bits_per_weight;
  recipe.activation_order = true;
  const CompressedLayer ordered = compress_layer(sample.layer(), recipe);
  CHECK_FALSE(ordered.packed.has_value());
  CHECK(ordered.bits_per_weight == plain + 32.0 / 48);
  CHECK(trace(ordered, "order").values.size() == 96);
  recipe.static_groups = true;
  CHECK(compress_layer(sample.layer(), recipe).packed.has_value());
}

TEST_CASE("GPTQ after AWQ's scales is ahead of either") {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const Sample sample(seed);
    const auto run = [&](const std::string& method, bool scale_inputs) {
      return compress_layer(
          sample.layer(),
          {.method = method, .format = "uint3", .group = Group{32}, .scale_inputs = scale_inputs});
    };
    const CompressedLayer both = run("gptq", true);
    CHECK(both.calibration_error < run("gptq", false).calibration_error);
    CHECK(both.calibration_error < run("awq", false).calibration_error);
    const Packed packed = packed_of(both);
    std::vector<float> unpacked = unpack(packed.bytes, packed.spec);
    for (std::size_t i = 0; i < unpacked.size(); ++i) unpacked[i] /= both.input_scales[i % 96];
    CHECK(unpacked == both.weights);
    CHECK(trace(both, "alphaLoss").values.size() == 20);
  }
}

TEST_CASE("steps show GPTQ at work, and QuIP#'s turned weights") {
  const test::SmallLayer tiny = test::tiny();
  const CompressedLayer result = compress_layer(
      tiny.layer(),
      {.method = "gptq", .format = "uint3", .scales = ScaleType::fp32, .block = 1, .steps = true});
  // The second output after the first input.
  const std::vector<double>& steps = trace(result, "steps").values;
  REQUIRE(steps.size() == 4 * 8);
  const double first[] = {0.2, 0.626082341, -0.486652239, 0.162501748};
  for (std::size_t i = 0; i < 4; ++i) CHECK(steps[2 * i + 1] == doctest::Approx(first[i]).epsilon(1e-5));
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(steps[24 + i] == static_cast<double>(result.weights[i % 2 * 4 + i / 2]));
  }
  CHECK(trace(result, "factor").values[1] == doctest::Approx(-2.357453569).epsilon(1e-5));
  const Sample sample(1);
  CHECK(trace(compress_layer(sample.layer(), {.method = "quip", .steps = true}), "turned").values.size() ==
        48 * 96);
  const SampledLayer large = sample_layer({.outputs = 600, .inputs = 100, .tokens = 4});
  CHECK_THROWS_WITH_AS(
      compress_layer({.weights = large.weights.view(), .calibration = large.calibration.view()},
                     {.method = "gptq", .block = 1, .steps = true}),
      doctest::Contains("steps"), EngineError);
}

TEST_CASE("steps judge each block beside rounding to nearest") {
  const Sample sample(9);
  for (const Recipe& recipe :
       {Recipe{.group = Group{Group::row}, .block = 1}, Recipe{.group = Group{32}, .block = 36},
        Recipe{.format = "q4_k", .block = 96},
        Recipe{.group = Group{Group::row}, .block = 5, .activation_order = true, .scale_inputs = true}}) {
    Recipe gptq = recipe;
    gptq.method = "gptq";
    gptq.steps = true;
    Recipe rtn = recipe;
    rtn.method = "rtn";
    const CompressedLayer result = compress_layer(sample.layer(), gptq);
    const CompressedLayer nearest = compress_layer(sample.layer(), rtn);
    const std::vector<double>& errors = trace(result, "stepErrors").values;
    const std::vector<double>& nearest_errors = trace(result, "nearestErrors").values;
    CHECK(errors.size() == 1 + (96 + recipe.block - 1) / recipe.block);
    CHECK(nearest_errors.size() == errors.size());
    CHECK(errors.front() == 0);
    CHECK(errors.back() == result.calibration_error);
    CHECK(nearest_errors.front() == 0);
    CHECK(nearest_errors.back() == nearest.calibration_error);
    CHECK(trace(result, "nearestHeldOutError").values == std::vector{nearest.held_out_error.value_or(-1)});
    // After two blocks, their inputs are rounded and the others as they were given.
    const std::vector<double>& order = trace(result, "order").values;
    Matrix rounded = copy(sample.layer().weights);
    for (std::size_t place = 0; place < std::min(2 * recipe.block, order.size()); ++place) {
      const auto input = static_cast<std::size_t>(order[place]);
      for (std::size_t i = 0; i < 48; ++i) rounded(i, input) = nearest.weights[i * 96 + input];
    }
    CHECK(nearest_errors[std::min<std::size_t>(2, nearest_errors.size() - 1)] ==
          relative_output_error(sample.layer().weights, std::as_const(rounded).view(),
                                sample.layer().calibration));
    const bool by_row = recipe.group && recipe.group->size == Group::row;
    const auto levels = std::ranges::find(result.trace, "levels", &Series::name);
    REQUIRE((levels != result.trace.end()) == by_row);
    if (!by_row || gptq.scale_inputs) continue;
    REQUIRE(levels->values.size() == 48 * 16);
    for (std::size_t i = 0; i < result.weights.size(); ++i) {
      const std::span row = std::span(levels->values).subspan(i / 96 * 16, 16);
      REQUIRE(std::ranges::count(row, static_cast<double>(result.weights[i])) == 1);
    }
  }
}

TEST_CASE("maxima show what scales move") {
  const Sample sample(8);
  for (const std::string method : {"awq", "smoothquant"}) {
    const CompressedLayer result = compress_layer(sample.layer(), {.method = method, .alpha = 0.5});
    for (std::size_t i = 0; i < 96; ++i) {
      const double scale = result.input_scales[i];
      CHECK(trace(result, "scaledActivationMaxima").values[i] * scale ==
            doctest::Approx(trace(result, "activationMaxima").values[i]).epsilon(1e-6));
      CHECK(trace(result, "scaledWeightMaxima").values[i] ==
            doctest::Approx(trace(result, "weightMaxima").values[i] * scale).epsilon(1e-6));
      if (method == "smoothquant") {
        CHECK(trace(result, "scaledActivationMaxima").values[i] ==
              doctest::Approx(trace(result, "scaledWeightMaxima").values[i]).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("without a format and a group, int4 in groups of 128, or a row where that is shorter") {
  const Sample sample(3);
  const CompressedLayer result = compress_layer(sample.layer(), {.method = "rtn"});
  CHECK(packed_of(result).spec.format == "int4");
  CHECK(packed_of(result).spec.group.size == Group::row);
  const SampledLayer wide = sample_layer({.outputs = 2, .inputs = 256, .tokens = 4, .seed = 1});
  const CompressedLayer grouped = compress_layer(
      {.weights = wide.weights.view(), .calibration = wide.calibration.view()}, {.method = "gptq"});
  CHECK(packed_of(grouped).spec.group.size == 128);
  CHECK_FALSE(grouped.held_out_error.has_value());
}

TEST_CASE("bits of pruned weights count masks and indices") {
  const Sample sample(4);
  const Sparsity two_of_four{.kept = 2, .of = 4};
  CHECK(compress_layer(sample.layer(), {.method = "wanda", .sparsity = two_of_four}).bits_per_weight == 9);
  CHECK(compress_layer(sample.layer(), {.method = "magnitude"}).bits_per_weight == 9);
  CHECK(compress_layer(sample.layer(),
                       {.method = "sparsegpt", .format = "int4", .group = Group{32}, .sparsity = two_of_four})
            .bits_per_weight == 3.5);
  CHECK(semi_structured_bits(two_of_four, 8) == 5);
}

TEST_CASE("places within n:m are stored as indices") {
  const test::SmallLayer tiny = test::tiny();
  const Sparsity two_of_four{.kept = 2, .of = 4};
  const Mask mask = magnitude_prune_mask(tiny.weights.view(), two_of_four);
  const auto indices = semi_structured_indices(mask, tiny.weights.cols(), two_of_four);
  // Places 0, 3 and 1, 2, two bits each, the first lowest.
  CHECK(indices == std::vector<std::uint8_t>{0b10011100});
  CHECK(semi_structured_mask(indices, mask.size(), two_of_four) == mask);
  const Sample sample(5);
  const Sparsity odd{.kept = 5, .of = 12};
  const Mask other = magnitude_prune_mask(sample.layer().weights, odd);
  CHECK(semi_structured_mask(semi_structured_indices(other, sample.layer().weights.cols, odd), other.size(),
                             odd) == other);
  CHECK_THROWS_WITH_AS(semi_structured_indices(Mask(8, 1), 4, two_of_four),
                       doctest::Contains("row 0, column 0"), EngineError);
}

TEST_CASE("bad recipes are refused, and the engine serves on") {
  const Sample sample(6);
  const auto refuse = [&](const Recipe& recipe, const char* word) {
    CHECK_THROWS_WITH_AS(compress_layer(sample.layer(), recipe), doctest::Contains(word), EngineError);
  };
  refuse({.method = "magic"}, "rtn, gptq");
  refuse({.method = "gptq", .format = "bf16"}, "integer format");
  refuse({.method = "gptq", .format = "int9"}, "int9");
  refuse({.method = "gptq", .group = Group{Group::tensor}}, "group");
  refuse({.method = "rtn", .group = Group{1}}, "group");
  refuse({.method = "gptq", .damping = -1}, "damping");
  refuse({.method = "sparsegpt", .sparsity = {.kept = 3, .of = 7}}, "divide");
  refuse({.method = "awq", .alphas = 0}, "alphas");
  refuse({.method = "smoothquant", .alpha = 2}, "alpha");
  // One input of many outputs: few steps, but 256 levels an output.
  const Matrix tall(std::size_t{1} << 15, 1);
  const Matrix tokens(2, 1);
  CHECK_THROWS_WITH_AS(
      compress_layer({.weights = tall.view(), .calibration = tokens.view()},
                     {.method = "gptq", .format = "uint8", .group = Group{Group::row}, .steps = true}),
      doctest::Contains("steps must be at most"), EngineError);
  refuse({.method = "quip", .damping = 0}, "damping");
  refuse({.method = "aqlm", .beams = 0}, "beams");
  refuse({.method = "llm_int8", .threshold = -6}, "threshold");
  const std::vector<std::uint8_t> codes(4);
  const std::vector<float> one = {1};
  CHECK_THROWS_WITH_AS(pack_integer_codes({codes, one, one}, {.format = "nf4"}), doctest::Contains("nf4"),
                       EngineError);
  CHECK_THROWS_WITH_AS(pack_integer_codes({codes, one, one}, {.format = "int4", .group = {2}}),
                       doctest::Contains("one a group"), EngineError);
  CHECK(compress_layer(sample.layer(), {.method = "rtn"}).calibration_error > 0);
}

TEST_CASE("layers at the edge get finite weights, or an error") {
  struct Case {
    const char* name;
    std::size_t outputs, inputs, tokens;
    float weight_factor, activation_factor;
    std::size_t dead;  // every so many inputs are always 0; 0: none
  };
  for (const Case& edge :
       {Case{"fewer tokens than inputs", 12, 40, 3, 1, 1, 0}, Case{"dead inputs", 12, 40, 60, 1, 1, 3},
        Case{"no activations", 12, 40, 60, 1, 0, 0}, Case{"no weights", 12, 40, 60, 0, 1, 0},
        Case{"one weight", 1, 1, 5, 1, 1, 0}, Case{"one output", 1, 64, 80, 1, 1, 0},
        Case{"one input", 64, 1, 80, 1, 1, 0}, Case{"odd sizes", 13, 29, 31, 1, 1, 0},
        Case{"tiny", 12, 40, 60, 1e-30f, 1e-30f, 0}, Case{"large", 12, 40, 60, 1e4f, 1e15f, 0},
        Case{"beyond float32", 12, 40, 60, 1, 1e25f, 0}}) {
    CAPTURE(edge.name);
    SampledLayer drawn =
        sample_layer({.outputs = edge.outputs, .inputs = edge.inputs, .tokens = edge.tokens});
    for (float& weight : drawn.weights.values()) weight *= edge.weight_factor;
    for (std::size_t i = 0; i < drawn.calibration.values().size(); ++i) {
      float& activation = drawn.calibration.values()[i];
      activation *= edge.dead > 0 && i % edge.inputs % edge.dead == 0 ? 0 : edge.activation_factor;
    }
    const Layer layer{.weights = std::as_const(drawn.weights).view(),
                      .calibration = std::as_const(drawn.calibration).view()};
    for (const Method& method : methods()) {
      CAPTURE(method.id);
      try {
        const CompressedLayer result = compress_layer(layer, {.method = std::string(method.id)});
        CHECK(largest_magnitude_bits(result.weights) < infinity_bits);
        CHECK_FALSE(std::isnan(result.calibration_error));
        CHECK(std::isfinite(result.bits_per_weight));
      } catch (const EngineError& error) {
        CAPTURE(error.what());
        CHECK(edge.name == std::string("beyond float32"));
        CHECK(error.code() != ErrorCode::aborted);
      }
    }
  }
}

TEST_CASE("a method can be stopped") {
  const Sample sample(7);
  for (const std::string method : {"gptq", "awq", "sparsegpt", "quip", "aqlm"}) {
    try {
      compress_layer(sample.layer(), {.method = method}, [](double) { return false; });
      FAIL("it went on");
    } catch (const EngineError& error) {
      CHECK(error.code() == ErrorCode::aborted);
    }
  }
}

TEST_CASE("every build gives the same bits") {
  test::Digest digest;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const Sample sample(seed);
    for (const Method& method : methods()) {
      const CompressedLayer result = compress_layer(
          sample.layer(), {.method = std::string(method.id), .group = Group{32}, .activation_order = true});
      digest.add(std::span<const float>(result.weights));
      digest.add_one(result.calibration_error);
      digest.add_one(result.held_out_error.value_or(0));
    }
  }
  CHECK(digest.value() == 16525871893108626045u);
}

}  // namespace compression
