/// Weights in, bytes out, and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace compression {

/// The type in which the scales of a grouped format are stored.
enum class ScaleType { fp16, fp32 };

/// How many weights share one scale: the whole tensor, one row, or a fixed number (≥ 2) of neighbours in a
/// row. A group never crosses a row; the last group of a row may be short.
struct Group {
  static constexpr std::int32_t tensor = 0;
  static constexpr std::int32_t row = -1;
  std::int32_t size = tensor;
};

/// What becomes of a weight beyond the largest finite number of a float that has a code for that (fp8): the
/// largest number, or what IEEE 754 says: infinity, or NaN where there is none.
enum class Overflow { saturate, ieee };

/// How a microscaling block takes its power of two from its largest magnitude: rounded down, so that the
/// largest weights may be clipped (OCP MX v1.0, 6.3), or rounded up, so that none is.
enum class ScaleRule { floor, ceil };

/// How to pack. The weights are a matrix [rows, cols], row-major; rows = cols = 0 takes them as one row, and
/// one of the two may be left 0 to follow from the other. An option means nothing to the formats that do not
/// know it, but is checked all the same.
struct PackOptions {
  std::string format;
  Group group{};
  std::size_t rows = 0;
  std::size_t cols = 0;
  ScaleType scales = ScaleType::fp16;
  Overflow overflow = Overflow::saturate;
  ScaleRule scale_rule = ScaleRule::floor;
  std::span<const float> importance{};  // [cols], each ≥ 0: weight of a column's errors; empty: none given
  std::uint64_t seed = 0;               // of the random signs and the clustering of vector formats
};

/// Packed weights with what is needed to read them: format, group, scales, and rows and cols filled in.
struct Packed {
  std::vector<std::uint8_t> bytes;
  PackOptions spec;

  /// Bits stored per weight, scales and padding included; 0 for an empty tensor.
  [[nodiscard]] double bits_per_weight() const noexcept;
};

/// Quantizes and packs. Errors: unknown_format; invalid_argument for a shape or group that does not fit;
/// non_finite for NaN or infinity (naming index and value); overflow where a weight or a scale exceeds what
/// its type can store.
Packed pack(std::span<const float> weights, const PackOptions& options);

/// The weights that the bytes stand for. Errors: as pack, and corrupt_packed where the number of bytes does
/// not fit.
std::vector<float> unpack(std::span<const std::uint8_t> bytes, const PackOptions& spec);

/// The weights that unpack(pack(weights)) would give, bit for bit, without making the bytes: the forward pass
/// of quantization-aware training. `dequantized` has the length of `weights` and may be the same memory.
/// Errors: as pack.
void fake_quantize(std::span<const float> weights, const PackOptions& options, std::span<float> dequantized);

struct RoundTrip {
  std::vector<float> dequantized;
  double bits_per_weight = 0;
  double rmse = 0;
  double max_error = 0;
  double sqnr_db = 0;           // +infinity where nothing was lost
  std::size_t levels_used = 0;  // distinct codes that occur
};

/// unpack(pack(weights)) with what it cost. Errors: as pack.
RoundTrip round_trip(std::span<const float> weights, const PackOptions& options);

/// Every value that the format can take under one scale, ascending, where the largest magnitude is `absmax`
/// (≥ 0, finite). For the 16-bit floats: their finite values within ±absmax. Scales are rounded to `scales`.
std::vector<float> levels(const std::string& format, float absmax, ScaleType scales = ScaleType::fp16);

/// Bits per weight of a large tensor: codes and scales. A scale shared by a whole tensor or row counts
/// nothing here (its share vanishes as the tensor grows). Errors: unknown_format, invalid_argument for the
/// group.
double bits_per_weight(const std::string& format, Group group, ScaleType scales = ScaleType::fp16);

/// The scale of EQ 7.3, absmax / (2^(bits−1) − 1), before it is rounded for storage; bits 2…8, absmax ≥ 0 and
/// finite.
double symmetric_scale(double absmax, int bits);

struct SymmetricLevels {
  int lowest;   // −2^(bits−1)
  int highest;  // 2^(bits−1) − 1
  int count;    // 2^bits
};

/// The integers that `bits` (2…8) can store in EQ 7.3.
SymmetricLevels symmetric_levels(int bits);

}  // namespace compression
