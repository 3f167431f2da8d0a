/// The scales of groups on an integer grid, as they are stored.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>

#include "engine/error.h"
#include "engine/formats/float16.h"
#include "engine/formats/packed.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/simd_loop.h"

namespace compression {

/// Bytes of one stored scale.
constexpr std::size_t scale_size(ScaleType type) noexcept {
  return type == ScaleType::fp16 ? 2 : 4;
}

/// From here on a scale is rounded by at most 2^-11 of itself, far less than half a step over highest ≤ 127.
constexpr float smallest_normal(ScaleType type) noexcept {
  return type == ScaleType::fp16 ? 0x1p-14f : std::numeric_limits<float>::min();
}

/// The next larger number of the type.
inline float next_scale(float scale, ScaleType type) noexcept {
  if (type == ScaleType::fp16) return float_from_fp16(static_cast<std::uint16_t>(fp16_from_float(scale) + 1));
  return std::nextafter(scale, std::numeric_limits<float>::infinity());
}

/// absmax / highest, rounded to the type.
template <class F>
inline F rounded_scale(F absmax, F highest, ScaleType type) noexcept {
  const F exact = absmax / highest;
  if (type == ScaleType::fp32) return exact;
  return as_floats(float_bits_from_fp16(fp16_from_float_bits(as_words(exact))));
}

/// rounded_scale(absmax, highest, type), or the neighbour that takes its place where it would not do.
inline float adjusted_scale(float rounded, float absmax, float highest, ScaleType type) noexcept {
  if (rounded >= smallest_normal(type)) [[likely]] {
    return type == ScaleType::fp32 && std::isinf(highest * rounded) ? std::nextafter(rounded, 0.0f) : rounded;
  }
  if (absmax == 0 || absmax / rounded < highest + 0.5f) return rounded;
  return next_scale(rounded, type);
}

/// The scales for groups with these largest magnitudes, where the largest code is `highest`: absmax / highest
/// rounded to the type. Infinity if it is too large for fp16. Both spans have the same length.
///
/// Two neighbours of that number take its place where it would not do:
/// - the next one up, if rounding down (among the subnormals, or to 0) would take absmax beyond the last
/// code;
/// - the next one down, if rounding up next to the largest float32 would make highest × scale infinite.
/// So the largest weight always lands on ±highest or nearer to 0, no weight is clipped, and no error exceeds
/// half a step. A group of zeros has the scale 0.
inline void stored_scales(std::span<const float> absmax, int highest, ScaleType type,
                          std::span<float> scales) noexcept {
  const auto last = static_cast<float>(highest);
  simd_transform<Floats::size>(absmax, scales, [&](const float* source, float* target) {
    rounded_scale(Floats::load_unaligned(source), Floats(last), type).store_unaligned(target);
  });
  for (std::size_t i = 0; i < scales.size(); ++i) {
    scales[i] = adjusted_scale(scales[i], absmax[i], last, type);
  }
}

/// The scale for one group.
inline float stored_scale(float absmax, int highest, ScaleType type) noexcept {
  float scale = 0;
  stored_scales({&absmax, 1}, highest, type, {&scale, 1});
  return scale;
}

/// Writes scales that stored_scales gave to `bytes` [scales.size() × scale_size(type)].
inline void write_scales(std::span<const float> scales, ScaleType type,
                         std::span<std::uint8_t> bytes) noexcept {
  if (type == ScaleType::fp32) {
    std::memcpy(bytes.data(), scales.data(), bytes.size());
    return;
  }
  const std::span halves(reinterpret_cast<Half*>(bytes.data()), scales.size());
  simd_transform<pair_size>(scales, halves, [](const float* source, Half* target) {
    store_halves({fp16_from_float_bits(as_words(Floats::load_unaligned(source))),
                  fp16_from_float_bits(as_words(Floats::load_unaligned(source + Floats::size)))},
                 target);
  });
}

/// Writes scales that come a few at a time, many at once.
class ScaleWriter {
 public:
  static constexpr std::size_t at_once = 32;

  ScaleWriter(std::span<std::uint8_t> bytes, ScaleType type) noexcept : bytes_(bytes), type_(type) {}

  /// Takes the next scales, at_once of them at the most.
  void take(std::span<const float> scales) noexcept {
    if (pending_ + scales.size() > scales_.size()) flush();
    std::copy(scales.begin(), scales.end(), scales_.begin() + static_cast<std::ptrdiff_t>(pending_));
    pending_ += scales.size();
  }

  /// Writes what is pending.
  void flush() noexcept {
    const std::size_t size = pending_ * scale_size(type_);
    write_scales(std::span(scales_).first(pending_), type_, bytes_.first(size));
    bytes_ = bytes_.subspan(size);
    pending_ = 0;
  }

 private:
  std::array<float, at_once> scales_;
  std::size_t pending_ = 0;
  std::span<std::uint8_t> bytes_;
  ScaleType type_;
};

/// Reads scales from `bytes` [scales.size() × scale_size(type)].
inline void read_scales(std::span<const std::uint8_t> bytes, ScaleType type,
                        std::span<float> scales) noexcept {
  if (type == ScaleType::fp32) {
    std::memcpy(scales.data(), bytes.data(), bytes.size());
    return;
  }
  const std::span halves(reinterpret_cast<const Half*>(bytes.data()), scales.size());
  simd_transform<pair_size>(halves, scales, [](const Half* source, float* target) {
    const WordPair codes = load_halves(source);
    as_floats(float_bits_from_fp16(codes[0])).store_unaligned(target);
    as_floats(float_bits_from_fp16(codes[1])).store_unaligned(target + Floats::size);
  });
}

/// Throws EngineError(corrupt_packed) unless a scale that was read can have been stored.
inline void require_stored_scale(float scale, std::size_t group) {
  if (scale >= 0 && std::isfinite(scale)) return;
  throw EngineError(ErrorCode::corrupt_packed,
                    "the scale of group " + std::to_string(group) + " is not a finite number of at least 0");
}

/// The same of the scales of neighbouring groups, the first of them group `first`.
inline void require_stored_scales(std::span<const float> scales, std::size_t first) {
  bool sound = true;
  for (const float scale : scales) sound &= scale >= 0 && scale <= std::numeric_limits<float>::max();
  if (sound) [[likely]]
    return;
  for (std::size_t i = 0; i < scales.size(); ++i) require_stored_scale(scales[i], first + i);
}

}  // namespace compression
