#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bindings/marshal.h"
#include "engine/tensor/pooled_error.h"
#include "engine/tensor/random.h"
#include "engine/tensor/rate_distortion.h"
#include "engine/tensor/simd.h"
#include "engine/tensor/statistics.h"

namespace bindings {
namespace {

using compression::PooledError;
using compression::Statistics;
using Floats = TypedArray<float>;
using Doubles = TypedArray<double>;
using Counts = TypedArray<std::uint32_t>;

std::string simd() {
  return std::string(compression::simd_architecture());
}

std::optional<Counts> histogram(const Floats& values, std::size_t bins, double minimum, double maximum) {
  return guarded([&] { return Counts(compression::histogram(values.elements(), {bins, minimum, maximum})); });
}

std::optional<Doubles> quantiles(const Floats& values, const Doubles& probabilities) {
  return guarded(
      [&] { return Doubles(compression::quantiles(values.elements(), probabilities.elements())); });
}

std::optional<Statistics> statistics(const Floats& values) {
  return guarded([&] { return compression::statistics(values.elements()); });
}

std::optional<double> rate_distortion_bound(double bits_per_weight) {
  return guarded([&] { return compression::rate_distortion_bound(bits_per_weight); });
}

std::optional<double> rate_distortion_gap(double sqnr_db, double bits_per_weight) {
  return guarded([&] { return compression::rate_distortion_gap(sqnr_db, bits_per_weight); });
}

/// `parts`: of each part its PartialError, entry by entry.
std::optional<PooledError> pooled_error(const Doubles& parts) {
  return guarded([&] {
    const auto flat = parts.elements();
    const std::span<const double> entries = flat;
    std::vector<compression::PartialError> list;
    for (std::size_t i = 0; i + 5 <= entries.size(); i += 5) {
      list.push_back({entries[i], entries[i + 1], entries[i + 2], entries[i + 3], entries[i + 4]});
    }
    return compression::pooled_error(list);
  });
}

/// `seed`: a whole number that a double holds exactly.
std::optional<Floats> sample_weights(std::size_t count, double sigma, double outlier_fraction,
                                     double outlier_scale, double seed) {
  return guarded([&] {
    return Floats(compression::sample_weights({.count = count,
                                               .sigma = sigma,
                                               .outlier_fraction = outlier_fraction,
                                               .outlier_scale = outlier_scale,
                                               .seed = static_cast<std::uint64_t>(seed)}));
  });
}

std::optional<Doubles> draw(std::size_t count, double seed, double (compression::Random::*next)()) {
  return guarded([&] {
    compression::Random random(static_cast<std::uint64_t>(seed));
    std::vector<double> drawn(count);
    for (double& value : drawn) value = (random.*next)();
    return Doubles(drawn);
  });
}

std::optional<Doubles> uniform(std::size_t count, double seed) {
  return draw(count, seed, &compression::Random::random);
}

std::optional<Doubles> standard_normal(std::size_t count, double seed) {
  return draw(count, seed, &compression::Random::standard_normal);
}

}  // namespace

EMSCRIPTEN_BINDINGS(tensor) {
  emscripten::value_object<Statistics>("Statistics")
      .field("count", &Statistics::count)
      .field("mean", &Statistics::mean)
      .field("standardDeviation", &Statistics::standard_deviation)
      .field("rms", &Statistics::rms)
      .field("absmax", &Statistics::absmax)
      .field("minimum", &Statistics::minimum)
      .field("maximum", &Statistics::maximum);
  emscripten::value_object<PooledError>("PooledError")
      .field("weights", &PooledError::weights)
      .field("bytes", &PooledError::bytes)
      .field("bitsPerWeight", &PooledError::bits_per_weight)
      .field("rms", &PooledError::rms)
      .field("rmse", &PooledError::rmse)
      .field("maxError", &PooledError::max_error)
      .field("sqnrDb", &PooledError::sqnr_db);
  emscripten::register_optional<Statistics>();
  emscripten::register_optional<PooledError>();
  emscripten::function("simd", &simd);
  emscripten::function("histogram", &histogram);
  emscripten::function("quantiles", &quantiles);
  emscripten::function("statistics", &statistics);
  emscripten::function("rateDistortionBound", &rate_distortion_bound);
  emscripten::function("rateDistortionGap", &rate_distortion_gap);
  emscripten::function("pooledError", &pooled_error);
  emscripten::function("sampleWeights", &sample_weights);
  emscripten::function("uniform", &uniform);
  emscripten::function("standardNormal", &standard_normal);
}

}  // namespace bindings
