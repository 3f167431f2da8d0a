#include "engine/formats/packed.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/format.h"
#include "engine/formats/layout.h"
#include "engine/formats/registry.h"
#include "engine/formats/scale.h"
#include "engine/number_text.h"
#include "engine/tensor/statistics.h"

namespace compression {
namespace {

void require_bits(int bits) {
  if (bits < 2 || bits > 8) {
    throw EngineError(ErrorCode::invalid_argument,
                      "bits must be within 2 and 8, not " + std::to_string(bits));
  }
}

void require_magnitude(double absmax) {
  if (!(absmax >= 0 && std::isfinite(absmax))) {
    throw EngineError(ErrorCode::invalid_argument,
                      "absmax must be finite and at least 0, not " + number_text(absmax));
  }
}

/// Layout of packed bytes: their spec names both sides of the matrix.
Layout packed_layout(std::span<const std::uint8_t> bytes, const Format& format, const PackOptions& spec) {
  const std::uint64_t most_weights =
      std::uint64_t{bytes.size()} * 8;  // no format takes less than a bit a weight
  const auto fits = [&](std::uint64_t rows, std::uint64_t cols) {
    return cols == 0 || rows <= most_weights / cols;
  };
  if (fits(spec.rows, spec.cols)) {
    const Layout layout = make_layout(spec, spec.rows * spec.cols);
    if (format.packed_size(format, layout) == bytes.size()) return layout;
  }
  throw EngineError(ErrorCode::corrupt_packed,
                    std::to_string(bytes.size()) + " bytes are not " + std::to_string(spec.rows) + " × " +
                        std::to_string(spec.cols) + " weights of " + std::string(format.info.id));
}

}  // namespace

double Packed::bits_per_weight() const noexcept {
  const std::size_t count = spec.rows * spec.cols;
  return count == 0 ? 0 : 8 * static_cast<double>(bytes.size()) / static_cast<double>(count);
}

Packed empty_packed(const Format& format, const Layout& layout, const PackOptions& options) {
  Packed packed{
      .bytes = std::vector<std::uint8_t>(static_cast<std::size_t>(format.packed_size(format, layout))),
      .spec = options};
  packed.spec.rows = layout.rows;
  packed.spec.cols = layout.cols;
  packed.spec.importance = {};
  return packed;
}

Packed pack(std::span<const float> weights, const PackOptions& options) {
  const Format& format = find_format(options.format);
  const Layout layout = make_layout(options, weights.size());
  Packed packed = empty_packed(format, layout, options);
  format.pack(format, weights, layout, packed.bytes);
  return packed;
}

std::vector<float> unpack(std::span<const std::uint8_t> bytes, const PackOptions& spec) {
  const Format& format = find_format(spec.format);
  const Layout layout = packed_layout(bytes, format, spec);
  std::vector<float> weights(layout.count());
  format.unpack(format, bytes, layout, weights);
  return weights;
}

void fake_quantize(std::span<const float> weights, const PackOptions& options, std::span<float> dequantized) {
  const Format& format = find_format(options.format);
  const Layout layout = make_layout(options, weights.size());
  if (dequantized.size() != weights.size()) {
    throw EngineError(ErrorCode::invalid_argument, "dequantized must have the length of weights, " +
                                                       std::to_string(weights.size()) + ", not " +
                                                       std::to_string(dequantized.size()));
  }
  if (format.fake_quantize != nullptr) return format.fake_quantize(format, weights, layout, dequantized);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(format.packed_size(format, layout)));
  format.pack(format, weights, layout, bytes);
  format.unpack(format, bytes, layout, dequantized);
}

RoundTrip round_trip(std::span<const float> weights, const PackOptions& options) {
  const Format& format = find_format(options.format);
  const Packed packed = pack(weights, options);
  const Layout layout = make_layout(packed.spec, weights.size());
  RoundTrip result;
  result.dequantized.resize(weights.size());
  format.unpack(format, packed.bytes, layout, result.dequantized);
  const Comparison cost = compare(weights, result.dequantized);
  result.bits_per_weight = packed.bits_per_weight();
  result.rmse = cost.rmse;
  result.max_error = cost.max_error;
  result.sqnr_db = cost.sqnr_db;
  result.levels_used = format.distinct_codes(format, packed.bytes, layout);
  return result;
}

std::vector<float> levels(const std::string& id, float absmax, ScaleType scales) {
  require_magnitude(absmax);
  const Format& format = find_format(id);
  return format.levels(format, absmax, scales);
}

double bits_per_weight(const std::string& id, Group group, ScaleType scales) {
  const Format& format = find_format(id);
  make_layout({.format = id, .group = group}, 0);  // checks the group
  if (!format.info.grouped) return format.info.bits_per_weight;
  const double group_bits = 8.0 * static_cast<double>(scale_size(scales)) + format.zero_point_bits;
  return group.size > 0 ? format.code_bits + group_bits / group.size : format.code_bits;
}

double symmetric_scale(double absmax, int bits) {
  require_magnitude(absmax);
  return absmax / symmetric_levels(bits).highest;
}

SymmetricLevels symmetric_levels(int bits) {
  require_bits(bits);
  const int half = 1 << (bits - 1);
  return {.lowest = -half, .highest = half - 1, .count = 2 * half};
}

}  // namespace compression
