/// Super-blocks whose sub-blocks have a scale and a minimum (q2_k, q4_k, q5_k): weight = scale × code −
/// minimum, where scales and minima are themselves codes under an fp16 scale each.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/formats/float16.h"
#include "engine/formats/format.h"
#include "engine/formats/ggml/affine_search.h"
#include "engine/formats/ggml/non_negative_search.h"
#include "engine/formats/ggml/sub_block.h"
#include "engine/formats/ggml/super_block.h"
#include "engine/formats/packed.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/side_by_side.h"

namespace compression::ggml {

/// How a format searches.
struct AffineKind {
  std::size_t width;            // weights of a sub-block
  int highest;                  // code of a weight
  int highest_scale;            // code of a scale or minimum
  ErrorKind error;              // what is minimised without importance
  AffineCandidates candidates;  // without importance
  float variance;               // factor on the mean square, with importance
};

/// A super-block before its bits are packed.
template <std::size_t width>
struct AffineSuperBlock {
  static constexpr std::size_t count = super_block_size / width;  // sub-blocks

  std::uint16_t scale = 0;    // fp16
  std::uint16_t minimum = 0;  // fp16
  std::array<std::uint8_t, count> scales{};
  std::array<std::uint8_t, count> minima{};
  std::array<std::uint8_t, super_block_size> codes;

  /// One step of the codes in each sub-block.
  [[nodiscard]] std::array<float, count> steps() const noexcept {
    return under(float_from_fp16(scale), scales);
  }

  /// What each sub-block takes away.
  [[nodiscard]] std::array<float, count> offsets() const noexcept {
    return under(float_from_fp16(minimum), minima);
  }

 private:
  static std::array<float, count> under(float factor, const std::array<std::uint8_t, count>& codes) noexcept {
    std::array<float, count> values;
    for (std::size_t i = 0; i < count; ++i) values[i] = factor * static_cast<float>(codes[i]);
    return values;
  }
};

/// What the searches found in the sub-blocks.
template <std::size_t width>
struct SubBlockFits {
  static constexpr std::size_t count = super_block_size / width;

  std::array<float, count> scales;
  std::array<float, count> minima;
  std::array<float, count> weight_sums;  // with importance
  std::array<float, count> inverses;     // of the search's own codes
  std::array<float, count> offsets;      // of the same

  void store(std::size_t first, const AffineFit& fit, Floats weight_sum) noexcept {
    fit.scale.store_unaligned(&scales[first]);
    fit.minimum.store_unaligned(&minima[first]);
    weight_sum.store_unaligned(&weight_sums[first]);
    fit.grid.inverse.store_unaligned(&inverses[first]);
    fit.grid.offset.store_unaligned(&offsets[first]);
  }
};

/// What errors cost without importance: the magnitude of the weight, of squares that of a typical one more.
template <ErrorKind error, std::size_t width>
inline SideBySide<width> magnitude_weights(const SideBySide<width>& x) noexcept {
  Floats typical(0.0f);
  if constexpr (error == ErrorKind::squared) {
    for (const Floats& value : x) typical = typical + value * value;
    typical = sqrt(typical / Floats(static_cast<float>(width)));
  }
  SideBySide<width> w;
  for (std::size_t i = 0; i < width; ++i) w[i] = typical + abs(x[i]);
  return w;
}

template <AffineKind kind>
inline SubBlockFits<kind.width> fit_sub_blocks(const float* weights, const float* importance) noexcept {
  constexpr std::size_t width = kind.width;
  SubBlockFits<width> fits;
  const Floats variance(importance == nullptr ? 0.0f
                                              : kind.variance * square_sum(weights) / super_block_size);
  for (std::size_t first = 0; first < fits.count; first += Floats::size) {
    const SideBySide<width> x = load_side_by_side<width>(weights + first * width);
    if (importance == nullptr) {
      const SideBySide<width> w = magnitude_weights<kind.error>(x);
      fits.store(first, fit_affine<kind.error>(x, w, kind.highest, kind.candidates), Floats(0.0f));
    } else {
      const SideBySide<width> w = importance_weights(x, importance + first * width, variance);
      fits.store(first, fit_affine<ErrorKind::squared>(x, w, kind.highest, important_candidates), sum(w));
    }
  }
  return fits;
}

/// Values under a scale that gives the largest the last code; the scale.
template <std::size_t count>
inline float encode_under_largest(const std::array<float, count>& values, int highest,
                                  std::array<std::uint8_t, count>& codes) noexcept {
  const float largest = std::max(0.0f, *std::max_element(values.begin(), values.end()));
  const auto top = static_cast<float>(highest);
  const float inverse = largest > 0 ? top / largest : 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = static_cast<std::uint8_t>(nearest_integer(inverse * values[i]));
    codes[i] = std::min(static_cast<std::uint8_t>(highest), code);
  }
  return largest > 0 ? largest / top : 0;
}

/// Scales and minima of the sub-blocks as codes; the scales of both in `block`. False if fp16 is too small.
template <AffineKind kind>
inline bool encode_scales(const SubBlockFits<kind.width>& fits, bool important,
                          AffineSuperBlock<kind.width>& block) noexcept {
  constexpr std::size_t count = SubBlockFits<kind.width>::count;
  float scale;
  float minimum;
  if (important) {
    const std::span<const float, count> sums(fits.weight_sums);
    const auto scales = fit_non_negative<count>(fits.scales, sums, kind.highest_scale);
    const auto minima = fit_non_negative<count>(fits.minima, sums, kind.highest_scale);
    block.scales = scales.codes;
    block.minima = minima.codes;
    scale = scales.scale;
    minimum = minima.scale;
  } else {
    scale = encode_under_largest(fits.scales, kind.highest_scale, block.scales);
    minimum = encode_under_largest(fits.minima, kind.highest_scale, block.minima);
  }
  block.scale = fp16_from_float(scale);
  block.minimum = fp16_from_float(minimum);
  return std::isfinite(float_from_fp16(block.scale)) && std::isfinite(float_from_fp16(block.minimum));
}

/// weights [256], importance [256] or null → block. Codes come from scales and minima as they are stored; a
/// sub-block whose scale is stored as 0 keeps the codes of the search. False if a scale is too large for
/// fp16.
template <AffineKind kind>
inline bool quantize(const float* weights, const float* importance,
                     AffineSuperBlock<kind.width>& block) noexcept {
  const SubBlockFits<kind.width> fits = fit_sub_blocks<kind>(weights, importance);
  if (!encode_scales<kind>(fits, importance != nullptr, block)) return false;
  const auto steps = block.steps();
  const auto offsets = block.offsets();
  const Words highest(kind.highest);
  for (std::size_t j = 0; j < block.count; ++j) {
    const Floats step(steps[j]);
    const Floats offset(offsets[j]);
    const Floats search_inverse(fits.inverses[j]);
    const Floats search_offset(fits.offsets[j]);
    encode_sub_block<kind.width>(weights + j * kind.width, &block.codes[j * kind.width], [&](Floats x) {
      const Floats code = steps[j] != 0 ? (x + offset) / step : search_inverse * (x - search_offset);
      return min(max(nearest_words(code), Words(0)), highest);
    });
  }
  return true;
}

/// block → weights [256]: step × code − offset.
template <std::size_t width>
inline void dequantize(const AffineSuperBlock<width>& block, float* weights) noexcept {
  const auto steps = block.steps();
  const auto offsets = block.offsets();
  for (std::size_t j = 0; j < block.count; ++j) {
    const Floats step(steps[j]);
    const Floats offset(offsets[j]);
    decode_sub_block<width>(&block.codes[j * width], weights + j * width,
                            [&](Words code) { return codes_to_floats(code) * step - offset; });
  }
}

/// Values of a sub-block that reaches from −absmax to absmax. Throws EngineError(overflow).
template <AffineKind kind>
std::vector<float> levels(const Format& format, float absmax, ScaleType /*scales*/) {
  const auto top = static_cast<float>(kind.highest_scale);
  const float step = absmax / static_cast<float>(kind.highest) * 2 / top;
  return sub_block_levels(format, fp16_rounded(step) * top, 0, kind.highest,
                          fp16_rounded(absmax / top) * top);
}

}  // namespace compression::ggml
