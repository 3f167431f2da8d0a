#include "engine/quantize/awq.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/number_text.h"
#include "engine/tensor/columns.h"
#include "engine/tensor/matrix_product.h"
#include "engine/tensor/portable_math.h"

namespace compression {
namespace {

/// Every n-th token, so that at most `most` are left.
ConstMatrixView some_tokens(ConstMatrixView x, std::size_t most) {
  const std::size_t step = (x.rows + most - 1) / most;
  return {x.data, (x.rows + step - 1) / step, x.cols, x.row_stride * step, x.col_stride};
}

std::vector<double> mean_magnitudes(ConstMatrixView x) {
  std::vector<double> means(x.cols);
  for (std::size_t i = 0; i < x.rows; ++i) {
    for (std::size_t j = 0; j < x.cols; ++j) means[j] += std::abs(static_cast<double>(x(i, j)));
  }
  for (double& mean : means) mean /= static_cast<double>(x.rows);
  return means;
}

/// magnitude^α, at least 10^-4.
double power(double magnitude, double alpha) {
  return alpha == 0 ? 1 : std::max(exponential(alpha * logarithm(magnitude)), 1e-4);
}

std::vector<float> scales_for(std::span<const double> magnitudes, double alpha) {
  std::vector<double> raw(magnitudes.size());
  std::ranges::transform(magnitudes, raw.begin(), [&](double magnitude) { return power(magnitude, alpha); });
  const auto [least, most] = std::ranges::minmax(raw);
  const double middle = std::sqrt(least * most);
  std::vector<float> scales(raw.size());
  std::ranges::transform(raw, scales.begin(),
                         [&](double scale) { return static_cast<float>(scale / middle); });
  return scales;
}

/// What weights [in, out] lose when they are rounded with scales on them, which are undone again.
Matrix scaled_rounding_errors(ConstMatrixView weights, std::span<const float> scales, const Grid& grid,
                              std::size_t group) {
  Matrix errors = copy(weights);
  for (std::size_t i = 0; i < weights.rows; ++i) {
    for (float& weight : errors.row(i)) weight *= scales[i];
  }
  GroupRounding rounding(grid, group, natural_order(weights.rows), weights.cols);
  rounding.fit_groups(std::as_const(errors).view(), 0, weights.rows);
  for (std::size_t i = 0; i < weights.rows; ++i) {
    const std::span<float> row = errors.row(i);
    rounding.round(i, 0, row, row);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = weights(i, j) - row[j] / scales[i];
  }
  return errors;
}

void require_alpha(double alpha) {
  if (alpha >= 0 && alpha <= 1) return;
  throw EngineError(ErrorCode::invalid_argument, "alpha must be within 0 and 1, not " + number_text(alpha));
}

void require_options(const AwqOptions& options) {
  const auto require = [](std::size_t value, const char* name) {
    if (value == 0) {
      throw EngineError(ErrorCode::invalid_argument, std::string(name) + " must be at least 1, not 0");
    }
  };
  require(options.alphas, "alphas");
  require(options.search_tokens, "searchTokens");
  if (options.alpha) require_alpha(*options.alpha);
}

/// The exponents to try.
std::vector<double> exponents(const AwqOptions& options) {
  if (options.alpha) return {*options.alpha};
  std::vector<double> tried(options.alphas);
  for (std::size_t r = 0; r < tried.size(); ++r) {
    tried[r] = static_cast<double>(r) / static_cast<double>(tried.size());
  }
  return tried;
}

/// Groups side by side, [inputs of the group, out], and what clamping them to a share of their magnitude
/// costs.
class ClipSearch {
 public:
  ClipSearch(const Grid& grid, ConstMatrixView group, Matrix gram)
      : grid_(grid),
        group_(group),
        gram_(std::move(gram)),
        magnitudes_(group.cols),
        best_(group.cols),
        limits_(group.cols),
        first_(group.cols) {
    for (std::size_t i = 0; i < group.rows; ++i) {
      for (std::size_t j = 0; j < group.cols; ++j) {
        magnitudes_[j] = std::max(magnitudes_[j], std::abs(group(i, j)));
      }
    }
    limits_ = magnitudes_;
  }

  /// Tries a share; the first one tried is what the others have to be better than.
  void attempt(float share, bool first) {
    std::vector<float> limits(magnitudes_);
    for (float& limit : limits) limit *= share;
    Matrix clamped = clamp_to(limits);
    const Matrix before = copy(group_);
    GroupRounding rounding(grid_, 0, natural_order(group_.rows), group_.cols);
    rounding.fit_groups(std::as_const(clamped).view(), 0, group_.rows);
    for (std::size_t i = 0; i < group_.rows; ++i) {
      rounding.round(i, 0, clamped.row(i), clamped.row(i));
      for (std::size_t j = 0; j < group_.cols; ++j) clamped(i, j) -= before(i, j);
    }
    const std::vector<double> errors = quadratic_forms(clamped);
    for (std::size_t j = 0; j < group_.cols; ++j) {
      if (!first && !(errors[j] < best_[j])) continue;
      if (first) first_[j] = errors[j];
      best_[j] = errors[j];
      limits_[j] = limits[j];
    }
  }

  /// The group, clamped to the best limits.
  [[nodiscard]] Matrix clamp() const { return clamp_to(limits_); }

  void add_to(ClipResult& result) const {
    for (std::size_t j = 0; j < group_.cols; ++j) {
      result.clipped += limits_[j] < magnitudes_[j] ? 1 : 0;
      result.error_before += first_[j];
      result.error_after += best_[j];
    }
  }

 private:
  [[nodiscard]] Matrix clamp_to(std::span<const float> limits) const {
    Matrix result = copy(group_);
    for (std::size_t i = 0; i < result.rows(); ++i) {
      for (std::size_t j = 0; j < result.cols(); ++j) {
        result(i, j) = std::clamp(result(i, j), -limits[j], limits[j]);
      }
    }
    return result;
  }

  /// dᵀ gram d for every column d.
  [[nodiscard]] std::vector<double> quadratic_forms(const Matrix& d) const {
    Matrix product(d.rows(), d.cols());
    add_product(product.view(), gram_.view(), d.view());
    std::vector<double> forms(d.cols());
    for (std::size_t i = 0; i < d.rows(); ++i) {
      for (std::size_t j = 0; j < d.cols(); ++j) {
        forms[j] += static_cast<double>(d(i, j)) * static_cast<double>(product(i, j));
      }
    }
    return forms;
  }

  const Grid& grid_;
  ConstMatrixView group_;
  Matrix gram_;
  std::vector<float> magnitudes_;
  std::vector<double> best_;
  std::vector<float> limits_;
  std::vector<double> first_;
};

}  // namespace

AwqScales awq_scales(const Layer& layer, const Grid& grid, const AwqOptions& options,
                     const Progress& progress) {
  require_options(options);
  const ConstMatrixView x = some_tokens(layer.calibration, options.search_tokens);
  const std::vector<double> magnitudes = mean_magnitudes(layer.calibration);
  const Matrix by_input = copy(layer.weights.transposed());
  AwqScales result;
  const std::vector<double> tried = exponents(options);
  for (const double alpha : tried) {
    const std::vector<float> scales = scales_for(magnitudes, alpha);
    const Matrix errors = scaled_rounding_errors(by_input.view(), scales, grid, options.group);
    const double loss = squared_output(errors.view().transposed(), x) /
                        (static_cast<double>(x.rows) * static_cast<double>(layer.weights.rows));
    if (result.loss.empty() || loss < *std::ranges::min_element(result.loss)) {
      result.alpha = alpha;
      result.scales = scales;
    }
    result.loss.push_back(loss);
    report(progress, static_cast<double>(result.loss.size()) / static_cast<double>(tried.size()));
  }
  return result;
}

double awq_scale(double magnitude, double least, double most, double alpha) {
  const auto require = [](bool holds, const char* rule, double value) {
    if (!holds) throw EngineError(ErrorCode::invalid_argument, rule + number_text(value));
  };
  require(least > 0 && std::isfinite(least), "least must be positive and finite, not ", least);
  require(magnitude >= least && std::isfinite(magnitude), "magnitude must be at least least and finite, not ",
          magnitude);
  require(most >= magnitude && std::isfinite(most), "most must be at least magnitude and finite, not ", most);
  require_alpha(alpha);
  return power(magnitude, alpha) / std::sqrt(power(least, alpha) * power(most, alpha));
}

ClipResult awq_clip(ConstMatrixView weights, ConstMatrixView x, const Grid& grid, std::size_t group) {
  const std::size_t size = group == 0 ? weights.cols : std::min(group, weights.cols);
  Matrix by_input = copy(weights.transposed());
  ClipResult result;
  for (std::size_t first = 0; first < weights.cols; first += size) {
    const std::size_t count = std::min(size, weights.cols - first);
    Matrix gram(count, count);
    add_gram_upper(gram.view(), x.block(0, first, x.rows, count));
    mirror_upper(gram.view());
    for (float& element : gram.values()) element /= static_cast<float>(x.rows);
    const MatrixView place = by_input.view().block(first, 0, count, weights.rows);
    ClipSearch search(grid, place, std::move(gram));
    for (int i = 0; i < 10; ++i) search.attempt(1 - static_cast<float>(i) / 20, i == 0);
    search.add_to(result);
    const Matrix clamped = search.clamp();
    for (std::size_t i = 0; i < count; ++i) std::ranges::copy(clamped.row(i), place.row(i).begin());
  }
  result.weights = copy(std::as_const(by_input).view().transposed());
  return result;
}

AwqResult awq(const Layer& layer, const Grid& grid, const AwqOptions& options, const Progress& progress) {
  AwqResult result;
  result.search = awq_scales(layer, grid, options, progress);
  const std::vector<float>& scales = result.search.scales;
  Matrix scaled = columns_times(layer.weights, scales);
  if (options.clip) {
    const Matrix x = columns_over(some_tokens(layer.calibration, options.search_tokens), scales);
    ClipResult clip = awq_clip(std::as_const(scaled).view(), x.view(), grid, options.group);
    scaled = std::move(clip.weights);
    result.clipped = clip.clipped;
  }
  result.grid = round_to_nearest(std::as_const(scaled).view(), grid, options.group);
  result.weights = columns_over(std::as_const(result.grid.weights).view(), scales);
  return result;
}

}  // namespace compression
