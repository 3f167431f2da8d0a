/// What a set of numbers looks like: moments, extremes, error, histogram, quantiles.
///
/// Sums run in double over eight partial sums: element i is added to partial sum i mod 8, and the partial
/// sums are added up in the order 0…7. Every build keeps this order, so that every build gives the same bits.
///
/// NaN and infinities: `statistics`, `histogram`, `quantiles` and `compare` refuse them with
/// EngineError(non_finite), naming the first index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace compression {

struct Statistics {
  std::size_t count = 0;
  double mean = 0;
  double standard_deviation = 0;  // of the population: divided by count
  double rms = 0;
  double absmax = 0;
  double minimum = 0;
  double maximum = 0;
};

/// All of them at once; zeros for an empty span.
Statistics statistics(std::span<const float> values);

/// Largest magnitude; 0 for an empty span.
float absmax(std::span<const float> values);

struct Comparison {
  double rmse = 0;       // root of the mean squared error
  double max_error = 0;  // largest |original − approximation|
  double sqnr_db = 0;    // 10 log10(Σ original² / Σ error²); +infinity where there is no error
};

/// How far `approximation` is from `original`. Both have the same length, else EngineError(invalid_argument).
Comparison compare(std::span<const float> original, std::span<const float> approximation);

struct HistogramOptions {
  std::size_t bins = 0;  // ≥ 1
  double minimum = 0;
  double maximum = 0;  // > minimum
};

/// Counts per bin of equal width; values outside [minimum, maximum] are left out, and maximum itself counts
/// in the last bin (as NumPy's histogram does).
std::vector<std::uint32_t> histogram(std::span<const float> values, const HistogramOptions& options);

/// Quantiles at `probabilities` (each 0…1) with linear interpolation between order statistics, NumPy's
/// default. Throws EngineError(invalid_argument) for an empty span.
std::vector<double> quantiles(std::span<const float> values, std::span<const double> probabilities);

}  // namespace compression
