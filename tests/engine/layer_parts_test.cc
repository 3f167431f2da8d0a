// A layer cut into parts: bit for bit what the whole gives, whatever the number of parts.
#include "tests/engine/layer_parts.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/compress_layer.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/layer.h"
#include "engine/quantize/sample_layer.h"
#include "engine/sweep_rows.h"

namespace compression {
namespace {

using test::one_after_another;

/// Activations of a layer, of which the inputs 3 and 70 are dead.
Matrix activations(std::size_t tokens, std::size_t inputs) {
  Matrix x = sample_layer({.outputs = 1, .inputs = inputs, .tokens = tokens, .seed = 5}).calibration;
  for (std::size_t t = 0; t < tokens; ++t) {
    for (const std::size_t dead : {std::size_t{3}, std::size_t{70}}) {
      if (dead < inputs) x(t, dead) = 0;
    }
  }
  return x;
}

bool same(const Matrix& a, const Matrix& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() && std::ranges::equal(a.values(), b.values());
}

template <class T>
void append(std::vector<T>& all, std::span<const T> more) {
  all.insert(all.end(), more.begin(), more.end());
}

void append(Matrix& all, const Matrix& more) {
  Matrix joined(all.rows() + more.rows(), more.cols());
  std::ranges::copy(more.values(), std::ranges::copy(all.values(), joined.values().begin()).out);
  all = std::move(joined);
}

void append(SweptRows& all, const SweptRows& more) {
  append(all.grid.weights, more.grid.weights);
  append(all.grid.codes, std::span(more.grid.codes));
  all.grid.parameters.resize(more.grid.parameters.size());
  for (std::size_t i = 0; i < more.grid.parameters.size(); ++i) {
    append(all.grid.parameters[i], more.grid.parameters[i]);
  }
  append(all.mask, std::span(more.mask));
  append(all.losses, std::span(more.losses));
}

/// compress_layer, the layer's rows and the steps of its inverse cut into parts.
CompressedLayer compress_by_parts(const Layer& layer, const Recipe& recipe, std::size_t parts) {
  const InverseHessian inverse = test::invert_by_parts(
      test::hessian_by_parts(layer.calibration, parts, one_after_another), recipe.damping,
      recipe.method == "gptq" && recipe.activation_order, parts, one_after_another);
  const auto [outputs, inputs] = std::pair(layer.weights.rows, layer.weights.cols);
  SweptRows all;
  std::vector<double> calibration;
  std::vector<double> held_out;
  for (std::size_t part = 0; part < parts; ++part) {
    const auto [first, count] = test::even_part(outputs, part, parts);
    if (count == 0) continue;
    const ConstMatrixView weights = layer.weights.block(first, 0, count, inputs);
    const SweptRows rows = sweep_rows(weights, inverse, recipe);
    for (const auto& [x, sums] : {std::pair(layer.calibration, &calibration), {layer.held_out, &held_out}}) {
      const std::vector<double> squares = output_squares(weights, rows.grid.weights.view(), x);
      append(*sums, std::span(squares));
    }
    append(all, rows);
  }
  CompressedLayer result = store_rows(all, outputs, inverse.order, inverse.damping, recipe);
  result.calibration_error = relative_error(calibration);
  result.held_out_error = relative_error(held_out);
  result.mask = std::move(all.mask);
  result.weights = std::move(all.grid.weights).release();
  return result;
}

void check_same(const CompressedLayer& a, const CompressedLayer& b) {
  CHECK(a.weights == b.weights);
  REQUIRE(a.packed.has_value() == b.packed.has_value());
  if (a.packed) CHECK(a.packed->bytes == b.packed->bytes);
  REQUIRE(a.sparse_packed.has_value() == b.sparse_packed.has_value());
  if (a.sparse_packed) CHECK(a.sparse_packed->bytes == b.sparse_packed->bytes);
  CHECK(a.mask == b.mask);
  CHECK(a.bits_per_weight == b.bits_per_weight);
  CHECK(a.calibration_error == b.calibration_error);
  CHECK(a.held_out_error == b.held_out_error);
  REQUIRE(a.trace.size() == b.trace.size());
  for (std::size_t i = 0; i < a.trace.size(); ++i) {
    CHECK(a.trace[i].name == b.trace[i].name);
    CHECK(a.trace[i].values == b.trace[i].values);
  }
}

}  // namespace

TEST_CASE("the Hessian and the factor of its inverse by parts are those of the whole") {
  for (const std::size_t inputs : {1u, 5u, 64u, 65u, 127u, 128u, 129u, 200u, 385u}) {
    const Matrix x = activations(150, inputs);
    const Matrix h = hessian(x.view());
    for (const std::size_t parts : {1u, 2u, 3u, 7u}) {
      CAPTURE(inputs);
      CAPTURE(parts);
      CHECK(same(test::hessian_by_parts(x.view(), parts, one_after_another), h));
      for (const bool descending : {false, true}) {
        const InverseHessian whole = invert_hessian(copy(h.view()), 0.01, descending);
        const InverseHessian by_parts =
            test::invert_by_parts(copy(h.view()), 0.01, descending, parts, one_after_another);
        CHECK(same(by_parts.factor, whole.factor));
        CHECK(by_parts.order == whole.order);
        CHECK(by_parts.dead == whole.dead);
        CHECK(by_parts.damping == whole.damping);
      }
    }
  }
}

TEST_CASE("by parts the damping rises as it does for the whole") {
  // The same input 200 times, from two tokens: next to nothing added is not enough.
  Matrix x(2, 200);
  for (std::size_t j = 0; j < 200; ++j) {
    x(0, j) = 3;
    x(1, j) = 1e-4f * static_cast<float>(j);
  }
  const InverseHessian whole = invert_hessian(hessian(x.view()), 1e-9, false);
  const InverseHessian by_parts = test::invert_by_parts(hessian(x.view()), 1e-9, false, 2, one_after_another);
  CHECK(whole.damping > 1e-9);
  CHECK(by_parts.damping == whole.damping);
  CHECK(same(by_parts.factor, whole.factor));
}

TEST_CASE("by rows GPTQ and SparseGPT answer what they answer for the whole layer") {
  for (const std::size_t outputs : {3u, 65u, 150u, 200u}) {
    const SampledLayer drawn =
        sample_layer({.outputs = outputs, .inputs = 192, .tokens = 150, .held_out_tokens = 70, .seed = 2});
    Matrix calibration = copy(drawn.calibration.view());
    for (std::size_t t = 0; t < calibration.rows(); ++t) calibration(t, 17) = 0;
    const Layer layer{.weights = drawn.weights.view(),
                      .calibration = std::as_const(calibration).view(),
                      .held_out = drawn.held_out.view()};
    const std::initializer_list<Recipe> recipes = {
        {.method = "gptq"},
        {.method = "gptq", .format = "uint3", .group = Group{48}, .activation_order = true},
        {.method = "gptq",
         .format = "int3",
         .group = Group{32},
         .block = 40,
         .activation_order = true,
         .static_groups = true},
        {.method = "gptq", .format = "nf4"},
        {.method = "gptq", .format = "mxfp4"},
        {.method = "sparsegpt", .sparsity = {.kept = 2, .of = 4}},
        {.method = "sparsegpt", .format = "uint4", .sparsity = {.kept = 4, .of = 8}},
    };
    for (const Recipe& recipe : recipes) {
      const CompressedLayer whole = compress_layer(layer, recipe);
      for (const std::size_t parts : {1u, 2u, 3u, 5u}) {
        CAPTURE(outputs);
        CAPTURE(recipe.method);
        CAPTURE(recipe.format);
        CAPTURE(parts);
        check_same(compress_by_parts(layer, recipe, parts), whole);
      }
    }
  }
}

TEST_CASE("a method that is not to measure leaves its errors out, and nothing else") {
  const SampledLayer drawn =
      sample_layer({.outputs = 24, .inputs = 64, .tokens = 96, .held_out_tokens = 40, .seed = 3});
  const Layer layer{.weights = drawn.weights.view(),
                    .calibration = drawn.calibration.view(),
                    .held_out = drawn.held_out.view()};
  for (const Method& method : methods()) {
    if (method.id == "smoothquant" || method.id == "llm_int8") continue;
    CAPTURE(method.id);
    const CompressedLayer whole = compress_layer(layer, {.method = std::string(method.id)});
    CompressedLayer apart = compress_layer(layer, {.method = std::string(method.id), .measured = false});
    CHECK(apart.calibration_error == 0);
    CHECK(!apart.held_out_error.has_value());
    const ConstMatrixView weights{apart.weights.data(), 24, 64, 64, 1};
    apart.calibration_error = relative_error(output_squares(layer.weights, weights, layer.calibration));
    apart.held_out_error = relative_error(output_squares(layer.weights, weights, layer.held_out));
    check_same(apart, whole);
  }
}

}  // namespace compression
