#include "engine/quantize/grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/float16.h"
#include "engine/formats/scale.h"
#include "engine/number_text.h"
#include "engine/tensor/batch.h"

namespace compression {
namespace {

// minimum and maximum of floats without NaN, as WebAssembly's fast instructions have them.
inline Floats lower(Floats a, Floats b) noexcept {
  return select(a < b, a, b);
}
inline Floats upper(Floats a, Floats b) noexcept {
  return select(b < a, a, b);
}

/// (largest − smallest) / steps as it is stored. The difference of two floats may be beyond all of them.
float range_scale(float smallest, float largest, int steps, ScaleType type) {
  const auto exact =
      static_cast<float>((static_cast<double>(largest) - static_cast<double>(smallest)) / steps);
  if (type == ScaleType::fp32) return exact;
  const float stored = float_from_fp16(fp16_from_float(exact));
  // A group of tiny weights must not lose its scale.
  return stored > 0 ? stored : next_scale(0, type);
}

}  // namespace

UniformGrid::UniformGrid(int bits, GridRange range, ScaleType scales)
    : bits_(bits), range_(range), scale_type_(scales) {
  if (bits < 2 || bits > 8) {
    throw EngineError(ErrorCode::invalid_argument,
                      "bits must be within 2 and 8, not " + std::to_string(bits));
  }
}

void UniformGrid::fit(ConstMatrixView group, std::span<float> scales, std::span<float> zeros) const {
  std::vector<float> smallest(group.cols);
  std::vector<float> largest(group.cols);
  for (std::size_t i = 0; i < group.rows; ++i) {
    for (std::size_t j = 0; j < group.cols; ++j) {
      smallest[j] = std::min(smallest[j], group(i, j));
      largest[j] = std::max(largest[j], group(i, j));
    }
  }
  const int last = (1 << bits_) - 1;
  const auto middle = static_cast<float>(1 << (bits_ - 1));
  for (std::size_t j = 0; j < group.cols; ++j) {
    const float absmax = std::max(-smallest[j], largest[j]);
    zeros[j] = middle;
    switch (range_) {
      case GridRange::symmetric:
        scales[j] = stored_scale(absmax, static_cast<int>(middle) - 1, scale_type_);
        break;
      case GridRange::full:
        scales[j] = absmax == 0 ? 0 : range_scale(-absmax, absmax, last, scale_type_);
        break;
      case GridRange::asymmetric:
        scales[j] = absmax == 0 ? 0 : range_scale(smallest[j], largest[j], last, scale_type_);
        zeros[j] = absmax == 0
                       ? 0
                       : std::clamp(std::nearbyint(-smallest[j] / scales[j]), 0.0f, static_cast<float>(last));
        break;
    }
    if (!std::isfinite(scales[j])) {
      throw EngineError(ErrorCode::overflow, "a group with the largest magnitude " + number_text(absmax) +
                                                 " needs a scale beyond the largest of its type");
    }
  }
}

void UniformGrid::round(std::span<const float> weights, std::span<const float> scales,
                        std::span<const float> zeros, std::span<std::uint8_t> codes,
                        std::span<float> values) const {
  // Far beyond the codes, and near enough for rounding by addition.
  const Floats limit(0x1p20f);
  const Floats none(0.0f);
  const Floats last(static_cast<float>((1 << bits_) - 1));
  std::array<std::int32_t, Words::size> lanes;
  const auto body = [&](const float* weight, const float* scale, const float* zero, float* value) {
    const Floats step = Floats::load_unaligned(scale);
    const Floats offset = Floats::load_unaligned(zero);
    const Floats divisor = select(none < step, step, Floats(1.0f));
    const Floats steps = lower(upper(Floats::load_unaligned(weight) / divisor, none - limit), limit);
    const Floats code = lower(upper(round_half_to_even(steps) + offset, none), last);
    ((code - offset) * step).store_unaligned(value);
    // A small whole number, in the low bits of the mantissa.
    as_words(code + Floats(0x1p23f)).store_unaligned(lanes.data());
  };
  std::size_t j = 0;
  for (; j + Floats::size <= weights.size(); j += Floats::size) {
    body(&weights[j], &scales[j], &zeros[j], &values[j]);
    for (std::size_t lane = 0; lane < Floats::size; ++lane)
      codes[j + lane] = static_cast<std::uint8_t>(lanes[lane]);
  }
  if (const std::size_t rest = weights.size() - j; rest > 0) {
    std::array<std::array<float, Floats::size>, 4> padded{};
    std::copy_n(&weights[j], rest, padded[0].data());
    std::copy_n(&scales[j], rest, padded[1].data());
    std::copy_n(&zeros[j], rest, padded[2].data());
    body(padded[0].data(), padded[1].data(), padded[2].data(), padded[3].data());
    std::copy_n(padded[3].data(), rest, &values[j]);
    for (std::size_t lane = 0; lane < rest; ++lane) codes[j + lane] = static_cast<std::uint8_t>(lanes[lane]);
  }
}

}  // namespace compression
