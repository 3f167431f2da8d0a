// iq4_nl and iq4_xs: four-bit codes of sixteen values that lie closer together near 0.
//
// iq4_nl  { fp16 d; u8 codes[16]; }                              32 weights: value × d
// iq4_xs  { fp16 d; u16 scales_high; u8 scales_low[4];           256 weights: value × d × (scale − 32), with
// a
//           u8 codes[128]; }                                     six-bit scale for each 32
//
// Scale b of iq4_xs has its low four bits in half b mod 2 of scales_low[b / 2] and its high two bits at bit 2
// b of scales_high. Codes come from the scales before d is rounded to fp16.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/formats/format.h"
#include "engine/formats/ggml/block_format.h"
#include "engine/formats/ggml/iq4_search.h"
#include "engine/formats/ggml/nearest.h"
#include "engine/formats/ggml/nibble_block.h"
#include "engine/formats/ggml/rounding.h"
#include "engine/small_code.h"
#include "engine/tensor/side_by_side.h"

namespace compression {
namespace {

using ggml::Run;

constexpr std::size_t sub_block = 32;

/// Twice the mean square, summed from left to right.
float variance_of(std::span<const float> weights) noexcept {
  float sum = 0;
  for (const float x : weights) sum += x * x;
  return sum * (2.0f / static_cast<float>(weights.size()));
}

/// Groups of 32 weights, one a lane, and what an error in each weight costs.
struct Lanes {
  std::array<float, sub_block * Floats::size> weights{};
  std::array<float, sub_block * Floats::size> costs{};

  void set(std::size_t lane, const float* group, const float* importance, float variance) noexcept {
    for (std::size_t i = 0; i < sub_block; ++i) {
      const float x = group[i];
      weights[lane * sub_block + i] = x;
      costs[lane * sub_block + i] =
          importance == nullptr ? x * x : importance[i] * std::sqrt(variance + x * x);
    }
  }

  [[nodiscard]] Floats fit() const noexcept {
    return ggml::fit_iq4(load_side_by_side<sub_block>(weights.data()),
                         load_side_by_side<sub_block>(costs.data()));
  }
};

/// The scales of consecutive groups of 32 weights, [run.blocks × block / 32]; `block` weights share a
/// variance.
COMPRESSION_SMALL_CODE void search_scales(const Run& run, std::size_t block,
                                          std::span<float> scales) noexcept {
  Lanes lanes;
  float variance = 0;
  for (std::size_t first = 0; first < scales.size(); first += Floats::size) {
    const std::size_t filled = std::min(Floats::size, scales.size() - first);
    for (std::size_t lane = 0; lane < filled; ++lane) {
      const std::size_t begin = (first + lane) * sub_block;
      const bool weighted = run.importance != nullptr;
      if (weighted && begin % block == 0) variance = variance_of({run.weights + begin, block});
      lanes.set(lane, run.weights + begin, weighted ? run.importance + begin : nullptr, variance);
    }
    std::array<float, Floats::size> found;
    lanes.fit().store_unaligned(found.data());
    std::copy_n(found.begin(), filled, scales.begin() + static_cast<std::ptrdiff_t>(first));
  }
}

void store_codes(const float* weights, float inverse, std::uint8_t* bytes) noexcept {
  ggml::store_nibbles(weights, bytes, [&](Floats x) { return ggml::nearest_iq4_code(x * Floats(inverse)); });
}

void decode_values(const std::uint8_t* bytes, float scale, float* weights) noexcept {
  ggml::decode_nibbles(bytes, ggml::iq4_values, weights,
                       [&](Floats values) { return values * Floats(scale); });
}

/// Every value under the scale that a group with the extremes ±absmax gets.
std::vector<float> levels_under(float scale) {
  std::vector<float> values;
  for (const std::int8_t value : ggml::iq4_values) values.push_back(static_cast<float>(value) * scale);
  return values;
}

/// Groups of 32 that are searched together; their scales fit on the stack.
constexpr std::size_t most_groups = 64;

struct Iq4Nl {
  static constexpr std::size_t weights = sub_block;
  static constexpr std::size_t bytes = 18;
  static constexpr std::array<std::size_t, 1> scale_offsets = {0};
  static constexpr bool scale_shows_non_finite = false;

  static void encode(const Run& run, std::uint8_t* target) noexcept {
    std::array<float, most_groups> buffer;
    const std::span scales = std::span(buffer).first(run.blocks);
    search_scales(run, weights, scales);
    for (std::size_t i = 0; i < run.blocks; ++i, target += bytes) {
      ggml::store_scale(scales[i], target);
      store_codes(run.weights + i * weights, ggml::reciprocal_or_zero(scales[i]), target + 2);
    }
  }

  static void decode(const std::uint8_t* source, std::size_t blocks, float* target) noexcept {
    for (std::size_t i = 0; i < blocks; ++i, source += bytes, target += weights) {
      decode_values(source + 2, ggml::load_scale(source), target);
    }
  }

  static void codes(const std::uint8_t* block, std::uint8_t* codes) noexcept {
    ggml::split_nibbles_of_block(block + 2, codes);
  }

  static std::vector<float> levels(float absmax) {
    std::array<std::uint8_t, bytes> block;
    const std::array<float, weights> extremes = {absmax, -absmax};
    encode({extremes.data(), nullptr, 0, 1}, block.data());
    return levels_under(ggml::load_scale(block.data()));
  }
};

struct Iq4Xs {
  static constexpr std::size_t weights = 256;
  static constexpr std::size_t groups = weights / sub_block;
  static constexpr std::size_t bytes = 8 + weights / 2;
  static constexpr std::array<std::size_t, 1> scale_offsets = {0};
  static constexpr bool scale_shows_non_finite = false;

  static void encode(const Run& run, std::uint8_t* target) noexcept {
    std::array<float, most_groups> buffer;
    const std::span scales = std::span(buffer).first(run.blocks * groups);
    search_scales(run, weights, scales);
    for (std::size_t i = 0; i < run.blocks; ++i, target += bytes) {
      encode_block(run.weights + i * weights, scales.subspan(i * groups, groups), target);
    }
  }

  static void decode(const std::uint8_t* source, std::size_t blocks, float* target) noexcept {
    for (std::size_t i = 0; i < blocks; ++i, source += bytes, target += weights) {
      const float d = ggml::load_scale(source);
      for (std::size_t group = 0; group < groups; ++group) {
        const float scale = d * static_cast<float>(scale_code(source, group) - 32);
        decode_values(source + 8 + group * 16, scale, target + group * sub_block);
      }
    }
  }

  static void codes(const std::uint8_t* block, std::uint8_t* codes) noexcept {
    for (std::size_t group = 0; group < groups; ++group) {
      ggml::split_nibbles_of_block(block + 8 + group * 16, codes + group * sub_block);
    }
  }

  static std::vector<float> levels(float absmax) {
    std::array<std::uint8_t, bytes> block;
    const std::array<float, weights> extremes = {absmax, -absmax};
    encode({extremes.data(), nullptr, 0, 1}, block.data());
    return levels_under(ggml::load_scale(block.data()) *
                        static_cast<float>(scale_code(block.data(), 0) - 32));
  }

 private:
  /// The scale of a group, 0…63, which stands for itself less 32.
  static int scale_code(const std::uint8_t* block, std::size_t group) noexcept {
    const int high = (block[2 + group / 4] >> (2 * (group % 4))) & 3;
    const int low = (block[4 + group / 2] >> (4 * (group % 2))) & 15;
    return high << 4 | low;
  }

  static void store_group_scale(int code, std::size_t group, std::uint8_t* block) noexcept {
    std::uint8_t& high = block[2 + group / 4];
    std::uint8_t& low = block[4 + group / 2];
    high = static_cast<std::uint8_t>(high | (code >> 4) << (2 * (group % 4)));
    low = static_cast<std::uint8_t>(low | (code & 15) << (4 * (group % 2)));
  }

  /// The scale of largest magnitude, the first of them, becomes −32.
  static void encode_block(const float* block, std::span<const float> scales, std::uint8_t* target) noexcept {
    // The magnitude stands by itself: clang 19 drops the first of eight numbers when it has to take it from
    // `largest` each time.
    float magnitude = 0;
    float largest = 0;
    for (const float scale : scales) {
      if (std::abs(scale) <= magnitude) continue;
      magnitude = std::abs(scale);
      largest = scale;
    }
    const float d = -largest / 32;
    const float inverse = ggml::reciprocal_or_zero(d);
    std::fill_n(target, 8, std::uint8_t{0});
    ggml::store_scale(d, target);
    for (std::size_t group = 0; group < groups; ++group) {
      const int nearest = ggml::nearest_integer(inverse * scales[group]);
      const int scale = std::clamp(nearest, -32, 31);
      store_group_scale(scale + 32, group, target);
      store_codes(block + group * sub_block, ggml::reciprocal_or_zero(d * static_cast<float>(scale)),
                  target + 8 + group * 16);
    }
  }
};

}  // namespace

constinit const Format iq4_nl = ggml::block_format<Iq4Nl>(
    {.id = "iq4_nl",
     .name = "IQ4_NL",
     .code_bits = 4,
     .levels = 16,
     .description = "32 weights on sixteen uneven values, denser near 0, under a searched scale"});
constinit const Format iq4_xs = ggml::block_format<Iq4Xs>(
    {.id = "iq4_xs",
     .name = "IQ4_XS",
     .code_bits = 4,
     .levels = 16,
     .description = "IQ4_NL's values in super-blocks of 256 whose eight scales take six bits each"});

}  // namespace compression
