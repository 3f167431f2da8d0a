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

/// How far the weights of each output's group go.
struct Extent {
  std::vector<float> smallest;
  std::vector<float> largest;
};

/// With 0, or without.
Extent extent(ConstMatrixView group, bool with_zero) {
  Extent result{.smallest = std::vector<float>(group.cols), .largest = std::vector<float>(group.cols)};
  if (!with_zero) {
    std::copy_n(&group(0, 0), group.cols, result.smallest.begin());
    result.largest = result.smallest;
  }
  for (std::size_t i = 0; i < group.rows; ++i) {
    const std::span<const float> row(&group(i, 0), group.cols);
    for (std::size_t j = 0; j < row.size(); ++j) {
      result.smallest[j] = std::min(result.smallest[j], row[j]);
      result.largest[j] = std::max(result.largest[j], row[j]);
    }
  }
  return result;
}

struct ScaleAndZero {
  float scale;
  float zero;
};

/// The parameters for weights from `smallest` to `largest`.
ScaleAndZero fit_range(float smallest, float largest, GridRange range, int bits, ScaleType type) {
  const int last = (1 << bits) - 1;
  const int middle = 1 << (bits - 1);
  const float absmax = std::max(-smallest, largest);
  switch (range) {
    case GridRange::symmetric:
      return {stored_scale(absmax, middle - 1, type), static_cast<float>(middle)};
    case GridRange::full:
      return {stored_scale(2 * absmax, last, type), static_cast<float>(middle)};
    case GridRange::asymmetric:
      if (absmax == 0) smallest = -1, largest = 1;
      break;
    case GridRange::tight:
      if (largest - smallest < 1e-5f) largest = smallest + 1e-5f;
      break;
  }
  const float scale = stored_scale(largest - smallest, last, type);
  return {scale, std::clamp(std::nearbyint(-smallest / scale), 0.0f, static_cast<float>(last))};
}

}  // namespace

UniformGrid::UniformGrid(int bits, GridRange range, ScaleType scales)
    : bits_(bits), range_(range), scale_type_(scales) {
  if (bits < 2 || bits > 8) {
    throw EngineError(ErrorCode::invalid_argument,
                      "bits must be within 2 and 8, not " + std::to_string(bits));
  }
}

void UniformGrid::fit(ConstMatrixView group, MatrixView parameters) const {
  const Extent found = extent(group, range_ != GridRange::tight);
  for (std::size_t j = 0; j < group.cols; ++j) {
    const auto [scale, zero] = fit_range(found.smallest[j], found.largest[j], range_, bits_, scale_type_);
    if (!std::isfinite(scale)) {
      throw EngineError(ErrorCode::overflow, "a group of weights from " + number_text(found.smallest[j]) +
                                                 " to " + number_text(found.largest[j]) +
                                                 " is too wide for a scale of its type");
    }
    parameters(0, j) = scale;
    parameters(1, j) = zero;
  }
}

void UniformGrid::round(std::size_t /*place*/, std::span<const float> weights, ConstMatrixView parameters,
                        std::span<std::uint8_t> codes, std::span<float> values) const {
  const float* const scales = &parameters(0, 0);
  const float* const zeros = &parameters(1, 0);
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
