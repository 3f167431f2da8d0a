#include "engine/quantize/layer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/tensor/columns.h"
#include "engine/tensor/dot_product.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/matrix.h"
#include "engine/tensor/matrix_product.h"

namespace compression {
namespace {

void require_finite_rows(ConstMatrixView m, std::string_view name) {
  for (std::size_t i = 0; i < m.rows; ++i) {
    require_finite({&m(i, 0), m.cols}, name, i * m.cols);
  }
}

void require_inputs(ConstMatrixView x, const char* name, std::size_t inputs) {
  if (x.cols != inputs) {
    throw EngineError(ErrorCode::invalid_argument, std::string(name) + ".cols must be weights.cols, " +
                                                       std::to_string(inputs) + ", not " +
                                                       std::to_string(x.cols));
  }
  require_finite_rows(x, name);
}

Matrix difference(ConstMatrixView a, ConstMatrixView b) {
  Matrix result = copy(a);
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < a.cols; ++j) result(i, j) -= b(i, j);
  }
  return result;
}

/// Σ over tokens of the squares of each output of m [out, in].
std::vector<double> squares_by_output(ConstMatrixView m, ConstMatrixView x) {
  constexpr std::size_t at_once = 256;
  std::vector<double> sums(m.rows);
  for (std::size_t first = 0; first < x.rows; first += at_once) {
    const std::size_t tokens = std::min(at_once, x.rows - first);
    Matrix outputs(tokens, m.rows);
    add_product(outputs.view(), x.block(first, 0, tokens, x.cols), m.transposed());
    add_squares(std::as_const(outputs).view(), sums);
  }
  return sums;
}

double root_of_share(double lost, double signal) {
  if (lost == 0) return 0;
  return signal == 0 ? std::numeric_limits<double>::infinity() : std::sqrt(lost / signal);
}

}  // namespace

void require_layer(const Layer& layer) {
  if (layer.weights.rows == 0 || layer.weights.cols == 0) {
    throw EngineError(ErrorCode::invalid_argument, "weights must have at least one row and one column");
  }
  require_finite_rows(layer.weights, "weights");
  if (layer.calibration.rows == 0) {
    throw EngineError(ErrorCode::invalid_argument, "calibration must have at least one row");
  }
  require_inputs(layer.calibration, "calibration", layer.weights.cols);
  if (layer.held_out.rows > 0) require_inputs(layer.held_out, "heldOut", layer.weights.cols);
}

void report(const Progress& progress, double share) {
  if (progress && !progress(share)) throw EngineError(ErrorCode::aborted, "the caller stopped the method");
}

Progress part_of(const Progress& progress, double from, double to) {
  if (!progress) return {};
  return [&progress, from, to](double share) { return progress(from + share * (to - from)); };
}

double squared_output(ConstMatrixView m, ConstMatrixView x) {
  const std::vector<double> squares = squares_by_output(m, x);
  return std::accumulate(squares.begin(), squares.end(), 0.0);
}

double squared_output_error(ConstMatrixView weights, ConstMatrixView approximation, ConstMatrixView x) {
  const Matrix error = difference(weights, approximation);
  return squared_output(error.view(), x);
}

double relative_difference(ConstMatrixView exact, ConstMatrixView other) {
  const Matrix error = difference(exact, other);
  return root_of_share(sum_of_squares(error.values()), sum_of_squares(copy(exact).values()));
}

std::vector<double> output_squares(ConstMatrixView weights, ConstMatrixView approximation,
                                   ConstMatrixView x) {
  const std::vector<double> signal = squares_by_output(weights, x);
  const std::vector<double> lost = squares_by_output(difference(weights, approximation).view(), x);
  std::vector<double> squares(2 * weights.rows);
  for (std::size_t i = 0; i < weights.rows; ++i) {
    squares[2 * i] = signal[i];
    squares[2 * i + 1] = lost[i];
  }
  return squares;
}

double relative_error(std::span<const double> squares) {
  double signal = 0;
  double lost = 0;
  for (std::size_t i = 0; i < squares.size(); i += 2) {
    signal += squares[i];
    lost += squares[i + 1];
  }
  return root_of_share(lost, signal);
}

double relative_output_error(ConstMatrixView weights, ConstMatrixView approximation, ConstMatrixView x) {
  return relative_error(output_squares(weights, approximation, x));
}

double output_error(const Layer& layer, ConstMatrixView approximation) {
  require_layer(layer);
  if (approximation.rows != layer.weights.rows || approximation.cols != layer.weights.cols) {
    throw EngineError(ErrorCode::invalid_argument, "approximation must have the shape of weights, " +
                                                       std::to_string(layer.weights.rows) + " × " +
                                                       std::to_string(layer.weights.cols));
  }
  require_finite_rows(approximation, "approximation");
  return relative_output_error(layer.weights, approximation,
                               layer.held_out.rows > 0 ? layer.held_out : layer.calibration);
}

}  // namespace compression
