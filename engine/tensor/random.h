/// Random numbers that are the same on every machine: the stream of NumPy's `default_rng(seed)`, bit for bit.
///
/// Sources: M. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for
/// Random Number Generation" (XSL-RR 128/64 and `seed_seq`); G. Marsaglia and W. W. Tsang, "The Ziggurat
/// Method for Generating Random Variables"; D. Lemire, "Fast Random Integer Generation in an Interval".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace compression {

/// The generator behind NumPy's `default_rng(seed)`: PCG64 seeded through SeedSequence(seed).
class Random {
 public:
  explicit Random(std::uint64_t seed);

  /// 64 uniform random bits.
  std::uint64_t next_uint64();
  /// 32 uniform random bits: the low, then the high half of one 64-bit draw.
  std::uint32_t next_uint32();

  /// Uniform in [0, 1), a multiple of 2^-53.
  double random();
  /// Normal with mean 0 and standard deviation 1 (ziggurat of 256 layers).
  double standard_normal();
  /// Normal with mean `loc` and standard deviation `scale`.
  double normal(double loc, double scale);
  /// Uniform integer in [low, high). Throws EngineError(invalid_argument) unless low < high.
  std::int64_t integers(std::int64_t low, std::int64_t high);

 private:
  __extension__ using Uint128 = unsigned __int128;

  std::uint32_t below32(std::uint32_t bound);
  std::uint64_t below64(std::uint64_t bound);
  double beyond_tail_start();

  Uint128 state_;
  Uint128 increment_;
  std::uint32_t spare_ = 0;
  bool has_spare_ = false;
};

struct SampleOptions {
  std::size_t count = 0;        // weights to draw
  double sigma = 0.02;          // standard deviation of the bulk, ≥ 0
  double outlier_fraction = 0;  // expected share of outliers, 0…1
  double outlier_scale = 1;     // factor on the outliers
  std::uint64_t seed = 0;
};

/// Weights like a trained layer's: a Gaussian bulk with a few outliers. Equal to NumPy's
///   rng = default_rng(seed); w = rng.normal(0, sigma, count); w[rng.random(count) < outlier_fraction] *=
///   outlier_scale
/// rounded to float32. Throws EngineError(invalid_argument) for values outside the bounds above or not
/// finite.
std::vector<float> sample_weights(const SampleOptions& options);

}  // namespace compression
