#include "engine/quantize/quip.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/formats/vector/e8p.h"
#include "engine/formats/vector/e8p_codebook.h"
#include "engine/formats/vector/e8p_nearest.h"
#include "engine/number_text.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/ldlq.h"
#include "engine/tensor/tails.h"

namespace compression {
namespace {

/// H, filled up and turned as the inputs are, with the mean 1 on its diagonal.
Matrix turned_hessian(ConstMatrixView h, const RandomizedHadamard& inputs, std::size_t width) {
  const float factor = diagonal_normaliser(h);
  Matrix turned(width, width);
  for (std::size_t i = 0; i < h.rows; ++i) {
    for (std::size_t j = 0; j < h.cols; ++j) turned(i, j) = h(i, j) * factor;
  }
  inputs.apply_to_rows(turned.values());
  inputs.apply(turned.values());
  return turned;
}

/// (a − b)ᵀ H (a − b).
float quadratic_form(std::span<const float> a, std::span<const float> b, ConstMatrixView h) noexcept {
  float sum = 0;
  for (std::size_t i = 0; i < e8p_length; ++i) {
    float product = 0;
    for (std::size_t j = 0; j < e8p_length; ++j) product += h(i, j) * (a[j] - b[j]);
    sum += (a[i] - b[i]) * product;
  }
  return sum;
}

/// Rounds blocks of eight inputs to E8P and keeps the codes, [out, width / 8].
class CodewordRounding {
 public:
  CodewordRounding(std::size_t outputs, std::size_t width)
      : codes_(outputs * (width / e8p_length)), groups_(width / e8p_length) {}

  /// The nearest codewords.
  void round(std::size_t first, MatrixView targets) { choose(first, targets, nullptr); }

  /// The nearest codewords, but those that there are where these lose less under h.
  void improve(std::size_t first, MatrixView targets, ConstMatrixView h) { choose(first, targets, &h); }

  [[nodiscard]] std::vector<std::uint16_t> take() && { return std::move(codes_); }

 private:
  void choose(std::size_t first, MatrixView targets, const ConstMatrixView* h) {
    const Matrix wanted = copy(ConstMatrixView(targets).transposed());
    std::vector<std::uint16_t> found(targets.cols);
    Matrix vectors(targets.cols, e8p_length);
    nearest_e8p(wanted.values(), found);
    decode_e8p(found, vectors.values());
    for (std::size_t j = 0; j < targets.cols; ++j) {
      std::uint16_t& code = codes_[j * groups_ + first / e8p_length];
      if (h != nullptr && code != found[j]) {
        const ConstMatrixView block = h->block(first, first, e8p_length, e8p_length);
        std::array<float, e8p_length> before;
        decode_e8p({&code, 1}, before);
        if (!(quadratic_form(vectors.row(j), wanted.row(j), block) <
              quadratic_form(before, wanted.row(j), block))) {
          found[j] = code;
          std::ranges::copy(before, vectors.row(j).begin());
        }
      }
      code = found[j];
      for (std::size_t i = 0; i < e8p_length; ++i) targets(i, j) = vectors(j, i);
    }
  }

  std::vector<std::uint16_t> codes_;
  std::size_t groups_;
};

/// What the nearest codewords leave of weights [in, out].
Matrix nearest_errors(ConstMatrixView weights, CodewordRounding& codewords) {
  Matrix errors(weights.rows, weights.cols);
  for (std::size_t first = 0; first < weights.rows; first += e8p_length) {
    Matrix block = copy(weights.block(first, 0, e8p_length, weights.cols));
    codewords.round(first, block.view());
    for (std::size_t i = 0; i < e8p_length; ++i) {
      for (std::size_t j = 0; j < weights.cols; ++j) {
        errors(first + i, j) = weights(first + i, j) - block(i, j);
      }
    }
  }
  return errors;
}

/// `share` of the mean added to the diagonal of h, which is 1, and to be repeated ten times as strong until
/// LDLQ has its factors.
Matrix damped_factors(Matrix& h, double share) {
  float added = 0;
  for (; share <= 10; share *= 10) {
    const auto wanted = static_cast<float>(std::min(share, 1.0));
    for (std::size_t i = 0; i < h.rows(); ++i) h(i, i) += wanted - added;
    added = wanted;
    Matrix factors = ldlq_factors(std::as_const(h).view(), e8p_length);
    if (factors.rows() > 0) return factors;
  }
  throw EngineError(
      ErrorCode::invalid_argument,
      "calibration has a Hessian that float32 cannot factorise, even with its diagonal doubled");
}

/// LDLQ and its tuning in the turned basis, weights [in, out]. Fills in the losses.
std::vector<std::uint16_t> round_turned(ConstMatrixView weights, Matrix h, const QuipOptions& options,
                                        const Progress& progress, QuipResult& result) {
  const double sweep = 1 / static_cast<double>(options.tuning_passes + 1);
  const Matrix of_later = damped_factors(h, options.damping);
  const ConstMatrixView damped = std::as_const(h).view();
  CodewordRounding codewords(weights.cols, weights.rows);
  const BlockRounding rounding = [&](std::size_t first, MatrixView targets) {
    codewords.round(first, targets);
  };
  const BlockRounding improving = [&](std::size_t first, MatrixView targets) {
    codewords.improve(first, targets, damped);
  };
  result.nearest_loss = proxy_loss(nearest_errors(weights, codewords).view(), damped);
  Matrix errors(weights.rows, weights.cols);
  sweep_blocks(weights, of_later.view(), e8p_length, rounding, errors.view(), part_of(progress, 0, sweep));
  result.ldlq_loss = proxy_loss(errors.view(), damped);
  const Matrix of_all = options.tuning_passes > 0 ? descent_factors(damped, e8p_length) : Matrix();
  for (std::size_t pass = 1; pass <= options.tuning_passes; ++pass) {
    sweep_blocks(weights, of_all.view(), e8p_length, improving, errors.view(),
                 part_of(progress, static_cast<double>(pass) * sweep, static_cast<double>(pass + 1) * sweep));
  }
  result.tuned_loss = options.tuning_passes > 0 ? proxy_loss(errors.view(), damped) : result.ldlq_loss;
  return std::move(codewords).take();
}

}  // namespace

QuipResult quip(ConstMatrixView weights, ConstMatrixView h, const QuipOptions& options,
                const Progress& progress) {
  if (!(options.damping > 0 && options.damping <= 1)) {
    throw EngineError(ErrorCode::invalid_argument,
                      "damping must be above 0 and at most 1, not " + number_text(options.damping));
  }
  const Matrix given = copy(weights);
  const std::size_t width = e8p_width(weights.cols);
  E8pMatrix matrix{.seed = options.seed,
                   .scale = e8p_scale(given.values(), weights.rows * width),
                   .codes = std::vector<std::uint16_t>(weights.rows * width / e8p_length)};
  QuipResult result;
  if (matrix.scale > 0) {
    const E8pSides sides = e8p_sides(options.seed, weights.rows, weights.cols);
    result.turned = Matrix(weights.rows, width);
    std::ranges::copy(turn_for_e8p(given.values(), weights.rows, weights.cols, matrix.scale, sides),
                      result.turned.values().begin());
    result.peak_before = peak(given.values());
    result.peak_after = peak(result.turned.values());
    const Matrix by_input = copy(std::as_const(result.turned).view().transposed());
    matrix.codes =
        round_turned(by_input.view(), turned_hessian(h, sides.inputs, width), options, progress, result);
    const double square = static_cast<double>(matrix.scale) * static_cast<double>(matrix.scale);
    for (double* loss : {&result.nearest_loss, &result.ldlq_loss, &result.tuned_loss}) *loss *= square;
  }
  result.packed = pack_e8p(matrix, weights.rows, weights.cols);
  result.weights = Matrix(weights.rows, weights.cols);
  std::ranges::copy(unpack(result.packed.bytes, result.packed.spec), result.weights.values().begin());
  return result;
}

}  // namespace compression
