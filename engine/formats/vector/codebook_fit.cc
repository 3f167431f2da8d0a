#include "engine/formats/vector/codebook_fit.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/formats/layout.h"
#include "engine/formats/vector/aqlm.h"
#include "engine/formats/vector/e8p.h"
#include "engine/formats/vector/e8p_nearest.h"
#include "engine/tensor/dot_product.h"
#include "engine/tensor/lloyd_max.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/statistics.h"

namespace compression {
namespace {

constexpr double code_bits = 16;
constexpr double bits_of_levels = 4 * 32;
constexpr double bits_of_e8p = 64 + 32;  // seed and scale

/// Weights [rows, cols] over the scales of their rows, rows filled up to whole codes; 0 under a scale of 0.
std::vector<float> scaled(std::span<const float> weights, std::size_t cols, std::span<const float> scales) {
  const std::size_t width = e8p_width(cols);
  std::vector<float> vectors(scales.size() * width);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const float scale = scales[i / cols];
    if (scale > 0) vectors[i / cols * width + i % cols] = weights[i] / scale;
  }
  return vectors;
}

double root_mean_square(std::span<const float> weights) noexcept {
  return std::sqrt(sum_of_squares(weights) / static_cast<double>(weights.size()));
}

// Each answers how many bits it stores beside the codes.

double fit_scalar(std::span<const float> weights, std::size_t rows, std::size_t cols, CodebookFit& fit) {
  const double rms = root_mean_square(weights);
  fit.scales.assign(rows, static_cast<float>(rms));
  fit.vectors = scaled(weights, cols, fit.scales);
  FourLevels levels = lloyd_max(weights);
  for (float& level : levels) level = rms > 0 ? static_cast<float>(static_cast<double>(level) / rms) : 0;
  fit.codebook.parameters.assign(levels.begin(), levels.end());
  for (std::size_t i = 0; i < fit.vectors.size(); ++i) {
    std::uint16_t& code = fit.codes[i / codebook_length];
    code = static_cast<std::uint16_t>(std::size_t{code} << 2 | nearest_level(fit.vectors[i], levels));
  }
  return bits_of_levels;
}

double fit_e8p(std::span<const float> weights, std::size_t rows, std::size_t cols, CodebookFit& fit) {
  fit.scales.assign(rows, e8p_scale(weights, rows * e8p_width(cols)));
  fit.vectors = scaled(weights, cols, fit.scales);
  nearest_e8p(fit.vectors, fit.codes);
  return bits_of_e8p;
}

double fit_aqlm(std::span<const float> weights, const Layout& layout, CodebookFit& fit) {
  AqlmMatrix learned = learn_aqlm(weights, layout);
  fit.scales = std::move(learned.scales);
  fit.vectors = scaled(weights, layout.cols, fit.scales);
  fit.codebook.parameters = std::move(learned.codebooks.values);
  for (std::size_t i = 0; i < fit.codes.size(); ++i) {
    fit.codes[i] = static_cast<std::uint16_t>(learned.codes[2 * i] << 8 | learned.codes[2 * i + 1]);
  }
  return 16 * static_cast<double>(fit.codebook.parameters.size() + layout.rows);
}

/// What the points leave of the weights; the numbers that only fill a row up do not count.
void measure(std::span<const float> weights, std::size_t cols, CodebookFit& fit) {
  const std::size_t width = e8p_width(cols);
  std::vector<float> approximation(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    approximation[i] = fit.scales[i / cols] * fit.points[i / cols * width + i % cols];
  }
  const Comparison loss = compare(weights, approximation);
  const double rms = root_mean_square(weights);
  fit.sqnr_db = loss.sqnr_db;
  fit.distortion = rms > 0 ? loss.rmse / rms * (loss.rmse / rms) : 0;
}

}  // namespace

CodebookFit fit_codebook(const std::string& id, std::span<const float> weights, std::size_t rows,
                         std::size_t cols, std::uint64_t seed) {
  require_finite(weights, "weights");
  CodebookFit fit;
  fit.codebook.id = id;
  fit.codes.resize(rows * e8p_width(cols) / codebook_length);
  double bits = 0;
  if (id == "scalar") {
    bits = fit_scalar(weights, rows, cols, fit);
  } else if (id == "e8p") {
    bits = fit_e8p(weights, rows, cols, fit);
  } else if (id == "aqlm") {
    bits = fit_aqlm(weights, {.rows = rows, .cols = cols, .seed = seed}, fit);
  }
  require_codebook(fit.codebook);
  fit.points.resize(fit.vectors.size());
  decode(fit.codebook, fit.codes, fit.points);
  fit.bits_per_weight =
      (bits + code_bits * static_cast<double>(fit.codes.size())) / static_cast<double>(weights.size());
  measure(weights, cols, fit);
  return fit;
}

}  // namespace compression
