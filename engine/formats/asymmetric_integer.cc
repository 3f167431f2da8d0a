// UINT8 … UINT2 asymmetric, the grid of GPTQ: codes 0 … 2^b − 1 under one scale and one integer zero point
// per group, weight = scale × (code − zero point). The group's range is stretched to hold 0, which so has a
// code of its own; a group of zeros is given the range −1 … 1.
//
// Packed: all codes in the order of the weights as one bit stream (bit_packing.h), the scales of all groups
// in order, little-endian fp16 or fp32, then their zero points as another bit stream of b bits each. The
// codes and the zero points come from the scale as it is stored.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/formats/code_stream.h"
#include "engine/formats/format.h"
#include "engine/formats/scale.h"
#include "engine/number_text.h"
#include "engine/small_code.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/simd_loop.h"

namespace compression {
namespace {

constexpr int highest_code(const Format& format) noexcept {
  return (1 << format.code_bits) - 1;
}

std::uint64_t packed_size(const Format& format, const Layout& layout) {
  const std::uint64_t groups = layout.groups();
  return bit_stream_size(layout.count(), format.code_bits) + groups * scale_size(layout.scales) +
         bit_stream_size(groups, format.zero_point_bits);
}

/// Bytes cut into codes, scales and zero points.
template <class Byte>
struct Sections {
  std::span<Byte> codes;
  std::span<Byte> scales;
  std::span<Byte> zero_points;

  Sections(const Format& format, const Layout& layout, std::span<Byte> bytes) noexcept
      : codes(bytes.first(static_cast<std::size_t>(bit_stream_size(layout.count(), format.code_bits)))),
        scales(bytes.subspan(codes.size(), layout.groups() * scale_size(layout.scales))),
        zero_points(bytes.subspan(codes.size() + scales.size())) {}
};

/// The grids of a few neighbouring groups.
struct Grids {
  std::array<float, GroupCutter::at_once> scales;
  std::array<std::uint8_t, GroupCutter::at_once> zero_points;
};

[[noreturn]] void throw_overflow(std::size_t group, Reach reach, ScaleType type) {
  throw EngineError(ErrorCode::overflow,
                    "group " + std::to_string(group) + " spans " + number_text(-reach.below) + " to " +
                        number_text(reach.above) + ", too far for a scale of " +
                        (type == ScaleType::fp16 ? "fp16; store scales as fp32" : "fp32"));
}

/// The grids of groups that reach this far; the first of them is group `index`.
void choose_grids(const Format& format, std::span<const Reach> reaches, std::size_t index, ScaleType type,
                  Grids& grids) {
  const int highest = highest_code(format);
  std::array<float, GroupCutter::at_once> ranges;
  for (std::size_t i = 0; i < reaches.size(); ++i) ranges[i] = reaches[i].above + reaches[i].below;
  stored_scales(std::span(ranges).first(reaches.size()), highest, type,
                std::span(grids.scales).first(reaches.size()));
  for (std::size_t i = 0; i < reaches.size(); ++i) {
    if (!std::isfinite(ranges[i]) || !std::isfinite(grids.scales[i]))
      throw_overflow(index + i, reaches[i], type);
    const float steps_below = reaches[i].below / grids.scales[i];
    grids.zero_points[i] = static_cast<std::uint8_t>((steps_below + rounder) - rounder);
  }
}

/// How far a group of the weights reaches; −1 … 1 if all of them are 0.
Reach group_reach(std::span<const float> group, std::size_t begin) {
  const Reach reach = finite_reach(group, "weights", begin);
  return reach.below == 0 && reach.above == 0 ? Reach{.below = 1, .above = 1} : reach;
}

/// Calls body(groups, grids) for all groups of the weights, a few at a time.
template <class Body>
void for_each_group_batch(const Format& format, std::span<const float> weights, const Layout& layout,
                          Body body) {
  GroupCutter cutter(layout);
  std::array<Reach, GroupCutter::at_once> reaches;
  Grids grids;
  std::size_t index = 0;
  for (auto groups = cutter.next(); !groups.empty(); groups = cutter.next()) {
    for (std::size_t i = 0; i < groups.size(); ++i) {
      reaches[i] = group_reach(weights.subspan(groups[i].begin, groups[i].length), groups[i].begin);
    }
    choose_grids(format, std::span(reaches).first(groups.size()), index, layout.scales, grids);
    body(groups, grids);
    index += groups.size();
  }
}

/// round(weight / scale) + zero point, at most `highest`; it cannot be below 0.
void quantize(std::span<const float> weights, float scale, std::int32_t zero_point, std::int32_t highest,
              std::span<std::uint8_t> codes) noexcept {
  const Floats divisor(scale);
  const Floats offset(rounder);
  const Words offset_bits(rounder_bits - zero_point);
  const Words last(highest);
  simd_transform<quad_size>(weights, codes, [&](const float* source, std::uint8_t* target) {
    WordQuad words;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const Floats quotient = Floats::load_unaligned(source + i * Floats::size) / divisor;
      words[i] = min(as_words(quotient + offset) - offset_bits, last);
    }
    store_unsigned_bytes(words, target);
  });
}

void pack(const Format& format, std::span<const float> weights, const Layout& layout,
          std::span<std::uint8_t> bytes) {
  const Sections<std::uint8_t> sections(format, layout, bytes);
  CodeWriter writer(sections.codes, format.code_bits);
  CodeWriter zero_point_writer(sections.zero_points, format.zero_point_bits);
  std::span<std::uint8_t> stored = sections.scales;
  for_each_group_batch(format, weights, layout, [&](auto groups, const Grids& grids) {
    const auto scales = std::span(grids.scales).first(groups.size());
    const std::size_t size = scales.size() * scale_size(layout.scales);
    write_scales(scales, layout.scales, stored.first(size));
    stored = stored.subspan(size);
    zero_point_writer.write(std::span(grids.zero_points).first(groups.size()));
    for (std::size_t i = 0; i < groups.size(); ++i) {
      std::span<const float> group = weights.subspan(groups[i].begin, groups[i].length);
      while (!group.empty()) {
        const std::span<std::uint8_t> codes = writer.room(group.size());
        quantize(group.first(codes.size()), scales[i], grids.zero_points[i], highest_code(format), codes);
        writer.advance(codes.size());
        group = group.subspan(codes.size());
      }
    }
  });
  writer.flush();
  zero_point_writer.flush();
}

/// (code − zero point) × scale.
void dequantize(std::span<const std::uint8_t> codes, float scale, std::int32_t zero_point,
                std::span<float> weights) noexcept {
  const Floats factor(scale);
  const Words zero(zero_point);
  simd_transform<quad_size>(codes, weights, [&](const std::uint8_t* source, float* target) {
    const WordQuad words = load_bytes(source);
    for (std::size_t i = 0; i < words.size(); ++i) {
      (to_floats(words[i] - zero) * factor).store_unaligned(target + i * Floats::size);
    }
  });
}

void unpack(const Format& format, std::span<const std::uint8_t> bytes, const Layout& layout,
            std::span<float> weights) {
  const Sections<const std::uint8_t> sections(format, layout, bytes);
  CodeReader reader(sections.codes, layout.count(), format.code_bits);
  CodeReader zero_point_reader(sections.zero_points, layout.groups(), format.zero_point_bits);
  GroupCutter cutter(layout);
  std::array<float, GroupCutter::at_once> scales;
  std::size_t index = 0;
  for (auto groups = cutter.next(); !groups.empty(); groups = cutter.next()) {
    const std::size_t scale_bytes = scale_size(layout.scales);
    read_scales(sections.scales.subspan(index * scale_bytes, groups.size() * scale_bytes), layout.scales,
                std::span(scales).first(groups.size()));
    for (std::size_t i = 0; i < groups.size(); ++i, ++index) {
      require_stored_scale(scales[i], index);
      const std::int32_t zero_point = zero_point_reader.next(1)[0];
      std::span<float> group = weights.subspan(groups[i].begin, groups[i].length);
      while (!group.empty()) {
        const auto codes = reader.next(group.size());
        dequantize(codes, scales[i], zero_point, group.first(codes.size()));
        group = group.subspan(codes.size());
      }
    }
  }
}

void fake_quantize(const Format& format, std::span<const float> weights, const Layout& layout,
                   std::span<float> dequantized) {
  for_each_group_batch(format, weights, layout, [&](auto groups, const Grids& grids) {
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const auto [begin, length] = groups[i];
      const Floats step(grids.scales[i]);
      const Words last(highest_code(format) - grids.zero_points[i]);
      const Floats offset(rounder);
      const Words offset_bits(rounder_bits);
      simd_transform<quad_size>(weights.subspan(begin, length), dequantized.subspan(begin, length),
                                [&](const float* source, float* target) {
                                  for (std::size_t j = 0; j < quad_size; j += Floats::size) {
                                    const Floats quotient = Floats::load_unaligned(source + j) / step;
                                    const Words steps = min(as_words(quotient + offset) - offset_bits, last);
                                    (to_floats(steps) * step).store_unaligned(target + j);
                                  }
                                });
    }
  });
}

COMPRESSION_SMALL_CODE std::size_t distinct_codes(const Format& format, std::span<const std::uint8_t> bytes,
                                                  const Layout& layout) {
  const Sections<const std::uint8_t> sections(format, layout, bytes);
  return distinct_in_stream(sections.codes, layout.count(), format.code_bits);
}

/// Of a group that reaches from −absmax to absmax.
COMPRESSION_SMALL_CODE std::vector<float> levels(const Format& format, float absmax, ScaleType scales) {
  if (absmax == 0) return {0.0f};
  const Reach reach{.below = absmax, .above = absmax};
  Grids grids;
  choose_grids(format, {&reach, 1}, 0, scales, grids);
  std::vector<float> values;
  for (int code = 0; code <= highest_code(format); ++code) {
    values.push_back(static_cast<float>(code - grids.zero_points[0]) * grids.scales[0]);
  }
  return values;
}

float decode_one(std::int32_t code) noexcept {
  return static_cast<float>(code);
}

template <int bits>
std::int32_t encode_one(float number, Overflow /*overflow*/) noexcept {
  constexpr float highest = (1 << bits) - 1;
  return static_cast<std::int32_t>((std::clamp(number, 0.0f, highest) + rounder) - rounder);
}

constexpr std::size_t usual_group = 64;

template <int bits>
constexpr Format asymmetric_integer(std::string_view id, std::string_view name) {
  return {.info = {.id = id,
                   .name = name,
                   .bits_per_weight = bits + (16.0 + bits) / usual_group,
                   .block_size = usual_group,
                   .levels = std::size_t{1} << bits,
                   .kind = FormatKind::integer,
                   .source = "Frantar et al. 2022 (GPTQ), asymmetric grid",
                   .description = "unsigned integers under one scale and one integer zero point a group",
                   .grouped = true},
          .code_bits = bits,
          .zero_point_bits = bits,
          .packed_size = packed_size,
          .pack = pack,
          .unpack = unpack,
          .distinct_codes = distinct_codes,
          .levels = levels,
          .fake_quantize = fake_quantize,
          .codes = {.mantissa_bits = bits, .decode = decode_one, .encode = encode_one<bits>}};
}

}  // namespace

constinit const Format uint8 = asymmetric_integer<8>("uint8", "INT8 asymmetric");
constinit const Format uint7 = asymmetric_integer<7>("uint7", "INT7 asymmetric");
constinit const Format uint6 = asymmetric_integer<6>("uint6", "INT6 asymmetric");
constinit const Format uint5 = asymmetric_integer<5>("uint5", "INT5 asymmetric");
constinit const Format uint4 = asymmetric_integer<4>("uint4", "INT4 asymmetric");
constinit const Format uint3 = asymmetric_integer<3>("uint3", "INT3 asymmetric");
constinit const Format uint2 = asymmetric_integer<2>("uint2", "INT2 asymmetric");

}  // namespace compression
