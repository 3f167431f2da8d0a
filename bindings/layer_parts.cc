// A layer by parts, one step at a time: what each of several workers does (bindings/layer_pool.ts).
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bindings/layer_values.h"
#include "bindings/marshal.h"
#include "bindings/properties.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/layer.h"
#include "engine/sweep_rows.h"
#include "engine/tensor/cholesky.h"
#include "engine/tensor/matrix_product.h"

namespace bindings {
namespace {

using compression::Matrix;
using Places = TypedArray<std::uint32_t>;

void set_places(val& object, const char* name, const std::vector<std::size_t>& values) {
  const std::vector<std::uint32_t> narrow(values.begin(), values.end());
  set(object, name, Places(narrow));
}

template <typename Element, typename Number = Element>
std::vector<Number> numbers(const val& given, const char* name) {
  const auto elements = TypedArray<Element>(given[name]).elements();
  const std::span<const Element> view = elements;
  return {view.begin(), view.end()};
}

std::vector<std::size_t> places(const val& given, const char* name) {
  return numbers<std::uint32_t, std::size_t>(given, name);
}

/// { hessian, recipe, raised } → a Hessian whose damping is raised so many times, reversed, as `matrix`, with
/// the order of its inputs, those that are dead, its damping, and where its halves meet. Of the Hessian given
/// only the upper triangle is read.
Properties damp_hessian(const Properties& given, const val& /*progress*/) {
  return answer([&](val& result) {
    MatrixElements upper(given, "hessian");
    compression::mirror_upper(upper.view());
    const compression::Recipe recipe = recipe_of(given["recipe"]);
    std::size_t raised = 0;
    read(given, "raised", raised);
    compression::DampedHessian damped(compression::copy(upper.view()), recipe.damping,
                                      recipe.method == "gptq" && recipe.activation_order);
    for (std::size_t i = 0; i < raised; ++i) damped.raise();
    set_matrix(result, "matrix", compression::reversed(damped.view()));
    set_places(result, "order", damped.order());
    set_places(result, "dead", damped.dead());
    set(result, "damping", val(damped.damping()));
    set(result, "half", val(compression::first_half(upper.rows())));
  });
}

/// { step, a, b?, c?, first?, rows? } → { matrix }: a step of the Hessian or of its inverse.
/// hessian: rows `first` … of a's; corner: rows a from `first` on, times b, times c; cholesky: of a, no
/// matrix where it is not positive definite; solve: b, with a's factor; subtract: b's squares from a; invert:
/// a; mirror: a at its other diagonal.
Properties inverse_step(const Properties& given, const val& /*progress*/) {
  return answer([&](val& result) {
    std::string step;
    std::size_t first = 0;
    std::size_t rows = 0;
    read(given, "step", step);
    read(given, "first", first);
    read(given, "rows", rows);
    MatrixElements a(given, "a");
    MatrixElements b(given, "b");
    Matrix made;
    if (step == "hessian") {
      made = compression::hessian_rows(a.view(), first, rows);
    } else if (step == "corner") {
      made = Matrix(a.rows(), b.cols());
      compression::multiply_corner(a.view(), first, b.view(), MatrixElements(given, "c").view(), made.view());
    } else if (step == "solve") {
      compression::solve_transposed_upper(a.view(), b.view());
      return set_matrix(result, "matrix", b.values(), b.cols());
    } else if (step == "cholesky") {
      if (!compression::cholesky(a.view())) return;
    } else if (step == "subtract") {
      compression::subtract_solved(a.view(), b.view());
    } else {
      compression::invert_upper(a.view());
    }
    if (made.rows() > 0) {
      set_matrix(result, "matrix", made);
    } else {
      set_matrix(result, "matrix", a.values(), a.cols());
    }
  });
}

/// { weights, inverse, order, dead, recipe } → { weights, codes, parameters, mask, losses } of rows;
/// `inverse`: of the Cholesky factor of the damped Hessian, reversed.
Properties sweep_rows(const Properties& given, const val& progress) {
  return answer([&](val& result) {
    const MatrixElements weights(given, "weights");
    compression::InverseHessian inverse{.factor = compression::copy(MatrixElements(given, "inverse").view()),
                                        .order = places(given, "order"),
                                        .dead = places(given, "dead")};
    compression::mirror_other_diagonal(inverse.factor.view());
    const compression::SweptRows rows = compression::sweep_rows(
        weights.view(), std::move(inverse), recipe_of(given["recipe"]), progress_of(progress));
    set(result, "weights", TypedArray<float>(rows.grid.weights.values()));
    set(result, "codes", TypedArray<std::uint8_t>(rows.grid.codes));
    val parameters = val::array();
    for (std::size_t i = 0; i < rows.grid.parameters.size(); ++i) {
      set_matrix(parameters, std::to_string(i).c_str(), rows.grid.parameters[i]);
    }
    set(result, "parameters", parameters);
    set(result, "mask", TypedArray<std::uint8_t>(rows.mask));
    set(result, "losses", TypedArray<double>(rows.losses));
  });
}

/// { outputs, codes, parameters, mask, losses, order, damping, recipe } → what compressLayer answers for
/// these rows, all of a layer's, but for weights, mask and errors.
Properties store_rows(const Properties& given, const val& /*progress*/) {
  return answer([&](val& result) {
    std::size_t outputs = 0;
    double damping = 0;
    read(given, "outputs", outputs);
    read(given, "damping", damping);
    compression::SweptRows rows{
        .grid = {}, .mask = numbers<std::uint8_t>(given, "mask"), .losses = numbers<double>(given, "losses")};
    rows.grid.codes = numbers<std::uint8_t>(given, "codes");
    const val parameters = given["parameters"];
    for (std::size_t i = 0;; ++i) {
      const MatrixElements values(parameters, std::to_string(i).c_str());
      if (values.rows() == 0) break;
      rows.grid.parameters.push_back(compression::copy(values.view()));
    }
    set_layer(result, compression::store_rows(rows, outputs, places(given, "order"), damping,
                                              recipe_of(given["recipe"])));
  });
}

/// { weights, calibration, approximation } → the squares of the outputs and of what is lost of them.
std::optional<TypedArray<double>> output_squares(const Properties& given) {
  return guarded([&] {
    const MatrixElements weights(given, "weights");
    const MatrixElements calibration(given, "calibration");
    const MatrixElements approximation(given, "approximation");
    compression::require_layer({.weights = weights.view(), .calibration = calibration.view()});
    return TypedArray<double>(
        compression::output_squares(weights.view(), approximation.view(), calibration.view()));
  });
}

/// The relative error by the squares of all outputs.
std::optional<double> relative_error(const TypedArray<double>& squares) {
  return guarded([&] { return compression::relative_error(squares.elements()); });
}

}  // namespace

EMSCRIPTEN_BINDINGS(layer_parts) {
  emscripten::constant("partLength", compression::part_length);
  emscripten::function("dampHessian", &damp_hessian);
  emscripten::function("inverseStep", &inverse_step);
  emscripten::function("sweepRows", &sweep_rows);
  emscripten::function("storeRows", &store_rows);
  emscripten::function("outputSquares", &output_squares);
  emscripten::function("relativeError", &relative_error);
}

}  // namespace bindings
