#include "engine/tensor/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/number_text.h"
#include "engine/tensor/fixed_order_sum.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/portable_math.h"

namespace compression {
namespace {

constexpr double square(double x) noexcept {
  return x * x;
}

}  // namespace

float absmax(std::span<const float> values) {
  return finite_absmax(values, "values");
}

Statistics statistics(std::span<const float> values) {
  Statistics result;
  result.count = values.size();
  if (values.empty()) return result;
  const Extremes extremes = finite_extremes(values, "values");
  result.minimum = extremes.minimum;
  result.maximum = extremes.maximum;
  result.absmax = std::max(std::abs(result.minimum), std::abs(result.maximum));
  const auto count = static_cast<double>(values.size());
  FixedOrderSum sum;
  FixedOrderSum energy;
  for_each_lane(values.size(), [&](std::size_t i, std::size_t lane) {
    sum.add(lane, values[i]);
    energy.add(lane, square(values[i]));
  });
  result.mean = sum.total() / count;
  result.rms = std::sqrt(energy.total() / count);
  const double deviation =
      fixed_order_sum(values.size(), [&](std::size_t i) { return square(values[i] - result.mean); });
  result.standard_deviation = std::sqrt(deviation / count);
  return result;
}

Comparison compare(std::span<const float> original, std::span<const float> approximation) {
  if (original.size() != approximation.size()) {
    throw EngineError(ErrorCode::invalid_argument,
                      "original and approximation must have the same length, not " +
                          std::to_string(original.size()) + " and " + std::to_string(approximation.size()));
  }
  require_finite(original, "original");
  require_finite(approximation, "approximation");
  FixedOrderSum noise;
  FixedOrderSum signal;
  std::array<double, reduction_lanes> largest{};
  for_each_lane(original.size(), [&](std::size_t i, std::size_t lane) {
    const double error = static_cast<double>(original[i]) - static_cast<double>(approximation[i]);
    noise.add(lane, square(error));
    signal.add(lane, square(original[i]));
    largest[lane] = std::max(largest[lane], std::abs(error));
  });
  const double lost = noise.total();
  if (lost == 0) return {.rmse = 0, .max_error = 0, .sqnr_db = std::numeric_limits<double>::infinity()};
  return {.rmse = std::sqrt(lost / static_cast<double>(original.size())),
          .max_error = *std::max_element(largest.begin(), largest.end()),
          .sqnr_db = 10 * logarithm10(signal.total() / lost)};
}

std::vector<std::uint32_t> histogram(std::span<const float> values, const HistogramOptions& options) {
  if (options.bins == 0) throw EngineError(ErrorCode::invalid_argument, "bins must be at least 1, not 0");
  const double width = options.maximum - options.minimum;
  if (!(width > 0) || !std::isfinite(width)) {
    throw EngineError(ErrorCode::invalid_argument,
                      "max must be above min, both finite and no further apart than 1.8e308: min " +
                          number_text(options.minimum) + ", max " + number_text(options.maximum));
  }
  require_finite(values, "values");
  std::vector<std::uint32_t> counts(options.bins);
  const auto bins = static_cast<double>(options.bins);
  for (const float value : values) {
    const double x = value;
    if (x < options.minimum || x > options.maximum) continue;
    const auto bin = static_cast<std::size_t>((x - options.minimum) / width * bins);
    ++counts[std::min(bin, options.bins - 1)];
  }
  return counts;
}

std::vector<double> quantiles(std::span<const float> values, std::span<const double> probabilities) {
  if (values.empty()) throw EngineError(ErrorCode::invalid_argument, "values must not be empty");
  require_finite(values, "values");
  std::vector<float> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> result;
  result.reserve(probabilities.size());
  for (const double probability : probabilities) {
    if (!(probability >= 0 && probability <= 1)) {
      throw EngineError(ErrorCode::invalid_argument,
                        "probabilities must be within 0 and 1, not " + number_text(probability));
    }
    const double position = probability * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const double low = sorted[below];
    const double high = sorted[std::min(below + 1, sorted.size() - 1)];
    result.push_back(low + (high - low) * (position - static_cast<double>(below)));
  }
  return result;
}

}  // namespace compression
