#include "engine/quantize/aqlm.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/formats/vector/aqlm.h"
#include "engine/formats/vector/beam_search.h"
#include "engine/quantize/hessian.h"
#include "engine/tensor/dot_product.h"
#include "engine/tensor/fixed_order_sum.h"
#include "engine/tensor/matrix_product.h"

namespace compression {
namespace {

/// m [rows, cols] in the corner of a larger matrix of zeros.
Matrix filled_up(ConstMatrixView m, std::size_t rows, std::size_t cols, float factor) {
  Matrix result(rows, cols);
  for (std::size_t i = 0; i < m.rows; ++i) {
    for (std::size_t j = 0; j < m.cols; ++j) result(i, j) = m(i, j) * factor;
  }
  return result;
}

AqlmShape shape_of(const AqlmOptions& options) {
  const auto require = [](const char* name, std::size_t value, std::size_t most) {
    if (value >= 1 && value <= most) return;
    throw EngineError(
        ErrorCode::invalid_argument,
        std::string(name) + " must be from 1 to " + std::to_string(most) + ", not " + std::to_string(value));
  };
  require("codebooks", options.codebooks, most_aqlm_codebooks);
  require("codeBits", options.code_bits, most_aqlm_code_bits);
  require("vectorLength", options.vector_length, most_aqlm_vector_length);
  return {options.codebooks, std::size_t{1} << options.code_bits, options.vector_length};
}

double dot(std::span<const double> a, std::span<const double> b) {
  return fixed_order_sum(a.size(), [&](std::size_t i) { return a[i] * b[i]; });
}

/// A matrix on additive codebooks, and the steps that make tr(D H Dᵀ) smaller, each with all else fixed.
class Calibration {
 public:
  /// `weights` [out, width] and `h` [width, width], width a multiple of the length of a group.
  Calibration(Matrix weights, Matrix h, AqlmMatrix start)
      : weights_(std::move(weights)), h_(std::move(h)), matrix_(std::move(start)) {}

  [[nodiscard]] const AqlmMatrix& matrix() const noexcept { return matrix_; }

  [[nodiscard]] double loss() const {
    const Matrix errors = what_is_left();
    return dot_product(errors.values(), times_h(errors).values());
  }

  void descend_codebooks(std::size_t steps) {
    std::vector<float>& values = matrix_.codebooks.values;
    const std::vector<double> curvature = diagonal_curvature();
    const auto preconditioned = [&](std::span<const double> gradient) {
      std::vector<double> result(gradient.size());
      for (std::size_t i = 0; i < result.size(); ++i) {
        result[i] = curvature[i] > 0 ? gradient[i] / curvature[i] : 0;
      }
      return result;
    };
    std::vector<double> left = gather(times_h(what_is_left()));
    std::vector<double> direction = preconditioned(left);
    double energy = dot(left, direction);
    std::vector<float> step(values.size());
    for (std::size_t i = 0; i < steps && energy > 0; ++i) {
      std::ranges::transform(direction, step.begin(), [](double x) { return static_cast<float>(x); });
      const std::vector<double> bent = gather(times_h(expand(step, matrix_.scales)));
      const double denominator = dot(direction, bent);
      if (!(denominator > 0)) return;
      const double reach = energy / denominator;
      for (std::size_t j = 0; j < values.size(); ++j) {
        values[j] = static_cast<float>(static_cast<double>(values[j]) + reach * direction[j]);
        left[j] -= reach * bent[j];
      }
      const std::vector<double> next = preconditioned(left);
      const double next_energy = dot(left, next);
      for (std::size_t j = 0; j < direction.size(); ++j) {
        direction[j] = next[j] + next_energy / energy * direction[j];
      }
      energy = next_energy;
    }
  }

  void round_codebooks() noexcept { round_to_fp16(matrix_.codebooks); }

  void search_codes(std::size_t beams, const Progress& progress) {
    BeamSearch search(matrix_.codebooks, std::as_const(h_).values(), beams);
    const std::size_t row_codes = codes_of_row();
    for (std::size_t i = 0; i < weights_.rows(); ++i) {
      if (matrix_.scales[i] > 0) {
        search.improve(weights_.row(i), matrix_.scales[i], 1,
                       std::span(matrix_.codes).subspan(i * row_codes, row_codes));
      }
      report(progress, static_cast<double>(i + 1) / static_cast<double>(weights_.rows()));
    }
  }

  /// Each row's scale to the nearest of its type to the one that fits best, if that is better.
  void fit_scales(ScaleType type) {
    const std::vector<float> ones(weights_.rows(), 1.0f);
    const Matrix sums = expand(matrix_.codebooks.values, ones);
    const Matrix bent = times_h(sums);
    for (std::size_t i = 0; i < weights_.rows(); ++i) {
      const double product = dot_product(std::as_const(weights_).row(i), bent.row(i));
      const double energy = dot_product(sums.row(i), bent.row(i));
      if (!(product > 0 && energy > 0)) continue;
      const float fitted = rounded_aqlm_scale(product / energy, type);
      const auto cost = [&](double scale) { return scale * (scale * energy - 2 * product); };
      if (std::isfinite(fitted) && cost(fitted) < cost(matrix_.scales[i])) matrix_.scales[i] = fitted;
    }
  }

 private:
  [[nodiscard]] std::size_t codes_of_row() const noexcept {
    return weights_.cols() / matrix_.codebooks.length * matrix_.codebooks.count;
  }

  [[nodiscard]] Matrix times_h(const Matrix& m) const {
    Matrix product(m.rows(), m.cols());
    add_product(product.view(), m.view(), h_.view());
    return product;
  }

  /// The weights less what the codes stand for.
  [[nodiscard]] Matrix what_is_left() const {
    Matrix errors = expand(matrix_.codebooks.values, matrix_.scales);
    for (std::size_t i = 0; i < errors.values().size(); ++i) {
      errors.values()[i] = weights_.values()[i] - errors.values()[i];
    }
    return errors;
  }

  /// Calls body(row, first input, first value of the codebooks) for every group of every row and codebook.
  template <class Body>
  void for_each_code(Body body) const {
    const auto& [count, entries, length, values] = matrix_.codebooks;
    for (std::size_t i = 0; i < weights_.rows(); ++i) {
      for (std::size_t position = 0; position < codes_of_row(); ++position) {
        const std::size_t codebook = position % count;
        const std::size_t code = matrix_.codes[i * codes_of_row() + position];
        body(i, position / count * length, (codebook * entries + code) * length);
      }
    }
  }

  /// What codebooks of these numbers stand for, [out, width].
  [[nodiscard]] Matrix expand(std::span<const float> values, std::span<const float> scales) const {
    Matrix result(weights_.rows(), weights_.cols());
    for_each_code([&](std::size_t row, std::size_t input, std::size_t first) {
      for (std::size_t i = 0; i < matrix_.codebooks.length; ++i)
        result(row, input + i) += scales[row] * values[first + i];
    });
    return result;
  }

  /// The transpose of expand: what the numbers of `m` say about those of the codebooks.
  [[nodiscard]] std::vector<double> gather(const Matrix& m) const {
    std::vector<double> sums(matrix_.codebooks.values.size());
    for_each_code([&](std::size_t row, std::size_t input, std::size_t first) {
      const double scale = matrix_.scales[row];
      for (std::size_t i = 0; i < matrix_.codebooks.length; ++i) {
        sums[first + i] += scale * static_cast<double>(m(row, input + i));
      }
    });
    return sums;
  }

  [[nodiscard]] std::vector<double> diagonal_curvature() const {
    std::vector<double> sums(matrix_.codebooks.values.size());
    for_each_code([&](std::size_t row, std::size_t input, std::size_t first) {
      const double scale = matrix_.scales[row];
      for (std::size_t i = 0; i < matrix_.codebooks.length; ++i) {
        sums[first + i] += scale * scale * static_cast<double>(h_(input + i, input + i));
      }
    });
    return sums;
  }

  Matrix weights_;
  Matrix h_;
  AqlmMatrix matrix_;
};

}  // namespace

AqlmResult calibrated_aqlm(ConstMatrixView weights, ConstMatrixView h, const AqlmOptions& options,
                           const Progress& progress) {
  if (options.beams == 0) {
    throw EngineError(ErrorCode::invalid_argument, "beams must be at least 1, not 0");
  }
  const AqlmShape shape = shape_of(options);
  const Matrix given = copy(weights);
  const PackOptions packing{.format = "aqlm",
                            .rows = weights.rows,
                            .cols = weights.cols,
                            .scales = options.scales,
                            .seed = options.seed};
  const std::size_t width = (weights.cols + shape.length - 1) / shape.length * shape.length;
  const Layout layout = make_layout(packing, given.values().size());
  AqlmMatrix best = learn_aqlm(given.values(), layout, shape);
  Calibration calibration(filled_up(weights, weights.rows, width, 1),
                          filled_up(h, width, width, diagonal_normaliser(h)), best);
  AqlmResult result;
  result.losses.push_back(calibration.loss());
  double least = result.losses.back();
  const double share = 1 / static_cast<double>(options.rounds);
  for (std::size_t round = 0; round < options.rounds && least > 0; ++round) {
    calibration.descend_codebooks(options.codebook_steps);
    calibration.round_codebooks();
    calibration.search_codes(options.beams, part_of(progress, static_cast<double>(round) * share,
                                                    static_cast<double>(round + 1) * share));
    calibration.fit_scales(options.scales);
    result.losses.push_back(calibration.loss());
    if (result.losses.back() < least) best = calibration.matrix();
    if (!(result.losses.back() < least * (1 - options.tolerance))) break;
    least = result.losses.back();
  }
  result.weights = Matrix(weights.rows, weights.cols);
  unpack_aqlm(best, layout, result.weights.values());
  result.bits_per_weight = aqlm_bits(shape, weights.rows, weights.cols, options.scales);
  if (shape == AqlmShape{}) result.packed = pack_aqlm(best, packing);
  return result;
}

}  // namespace compression
