// INT8 … INT2 symmetric (EQ 7.3): codes −2^(b−1) … 2^(b−1) − 1 under one scale per group, and no zero point.
//
// Packed: all codes in the order of the weights as one bit stream (bit_packing.h) in two's complement, then
// the scales of all groups in order, little-endian fp16 or fp32. The codes come from the scale as it is
// stored.
#include <algorithm>
#include <array>
#include <bit>
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
#include "engine/formats/nibble_table.h"
#include "engine/formats/scale.h"
#include "engine/number_text.h"
#include "engine/small_code.h"
#include "engine/tensor/lookup.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/simd_loop.h"
#include "engine/tensor/transpose.h"

namespace compression {
namespace {

constexpr int highest_code(const Format& format) noexcept {
  return (1 << (format.code_bits - 1)) - 1;
}

std::uint64_t codes_size(const Format& format, const Layout& layout) noexcept {
  return bit_stream_size(layout.count(), format.code_bits);
}

std::uint64_t packed_size(const Format& format, const Layout& layout) {
  return codes_size(format, layout) + std::uint64_t{layout.groups()} * scale_size(layout.scales);
}

/// Bytes cut into codes and scales.
template <class Byte>
struct Sections {
  std::span<Byte> codes;
  std::span<Byte> scales;

  Sections(const Format& format, const Layout& layout, std::span<Byte> bytes) noexcept
      : codes(bytes.first(static_cast<std::size_t>(codes_size(format, layout)))),
        scales(bytes.subspan(codes.size())) {}
};

/// Scales of a few neighbouring groups.
using ScaleBuffer = std::array<float, GroupCutter::at_once>;

/// The scales of these groups of the weights; the first of them is group `index`.
std::span<const float> group_scales(const Format& format, std::span<const float> weights,
                                    std::span<const GroupRange> groups, std::size_t index, ScaleType type,
                                    ScaleBuffer& buffer) {
  ScaleBuffer magnitudes;
  const std::span<float> absmax = std::span(magnitudes).first(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto [begin, length] = groups[i];
    absmax[i] = finite_absmax(weights.subspan(begin, length), "weights", begin);
  }
  const std::span<float> scales = std::span(buffer).first(groups.size());
  stored_scales(absmax, highest_code(format), type, scales);
  for (std::size_t i = 0; i < scales.size(); ++i) {
    if (std::isinf(scales[i])) {
      throw EngineError(ErrorCode::overflow,
                        "group " + std::to_string(index + i) + " needs the scale " +
                            number_text(absmax[i] / static_cast<float>(highest_code(format))) +
                            ", beyond the largest fp16, 65504; store scales as fp32");
    }
  }
  return scales;
}

/// The scales of neighbouring groups of `length` weights, a multiple of Floats::size; infinity or beyond
/// where a weight is not finite or a scale too large, and not yet adjusted.
Floats rounded_scales(const float* weights, std::size_t length, int highest, ScaleType type) noexcept {
  const Words mask(magnitude_mask);
  std::array<Words, Floats::size> best;
  best.fill(Words(0));
  for (std::size_t i = 0; i < length; i += Floats::size) {
    for (std::size_t j = 0; j < best.size(); ++j) {
      best[j] = max(best[j], as_words(Floats::load_unaligned(weights + j * length + i)) & mask);
    }
  }
  const auto lanes = transposed(best);
  Words absmax = lanes[0];
  for (std::size_t j = 1; j < lanes.size(); ++j) absmax = max(absmax, lanes[j]);
  return rounded_scale(as_floats(absmax), Floats(static_cast<float>(highest)), type);
}

/// Whether every scale is normal and well below infinity: such a scale is stored as it is.
bool are_plain(Floats scales, ScaleType type) noexcept {
  const Words bits = as_words(scales);
  const Words least(std::bit_cast<std::int32_t>(smallest_normal(type)));
  const Words beyond(std::bit_cast<std::int32_t>(0x1p120f));
  return !any(Words(0) < max(least - bits, bits - beyond));
}

/// Calls body(groups, scales) for all groups of the weights, a few at a time. Groups of one length go
/// Floats::size at a time, and their scales are found one step ahead: while weights are divided, the
/// processor has time to look for the largest of the next.
template <class Body>
void for_each_group_batch(const Format& format, std::span<const float> weights, const Layout& layout,
                          Body body) {
  const std::size_t length = layout.group;
  const std::size_t side_by_side = layout.groups_are_equal() && length % Floats::size == 0
                                       ? layout.groups() - layout.groups() % Floats::size
                                       : 0;
  const auto scales_from = [&](std::size_t index) {
    return index < side_by_side
               ? rounded_scales(weights.data() + index * length, length, highest_code(format), layout.scales)
               : Floats(0);
  };
  GroupCutter cutter(layout, side_by_side);
  std::array<GroupRange, Floats::size> neighbours;
  ScaleBuffer buffer;
  Floats ahead = scales_from(0);
  for (std::size_t index = 0; index < layout.groups();) {
    std::span<const GroupRange> groups = neighbours;
    bool plain = false;
    if (index < side_by_side) {
      for (std::size_t i = 0; i < neighbours.size(); ++i) neighbours[i] = {(index + i) * length, length};
      ahead.store_unaligned(buffer.data());
      plain = are_plain(ahead, layout.scales);
      ahead = scales_from(index + Floats::size);
    } else {
      groups = cutter.next();
    }
    if (!plain) group_scales(format, weights, groups, index, layout.scales, buffer);
    body(groups, std::span<const float>(buffer).first(groups.size()));
    index += groups.size();
  }
}

/// The low byte of round(weight / scale).
void quantize(std::span<const float> weights, float scale, std::span<std::uint8_t> codes) noexcept {
  if (scale == 0) return std::fill(codes.begin(), codes.end(), std::uint8_t{0});
  const Floats divisor(scale);
  const Floats offset(rounder);
  const Words offset_bits(rounder_bits);
  simd_transform<quad_size>(weights, codes, [&](const float* source, std::uint8_t* target) {
    WordQuad words;
    for (std::size_t i = 0; i < words.size(); ++i) {
      words[i] = as_words(Floats::load_unaligned(source + i * Floats::size) / divisor + offset) - offset_bits;
    }
    store_bytes(words, target);
  });
}

constexpr std::size_t nibbles_at_once = 8 * Words::size;

/// round(weight / scale) in two codes a byte. As many weights as a multiple of nibbles_at_once.
void quantize_nibbles(std::span<const float> weights, float scale, std::uint8_t* pairs) noexcept {
  if (scale == 0) {
    std::fill_n(pairs, weights.size() / 2, std::uint8_t{0});
    return;
  }
  const Floats divisor(scale);
  const Floats offset(rounder);
  const Words nibble(15);
  for (std::size_t i = 0; i < weights.size(); i += nibbles_at_once) {
    const float* const source = weights.data() + i;
    std::array<Words, 8> codes;
    for (std::size_t j = 0; j < codes.size(); ++j) {
      // The lowest bits of the sum are those of the code in two's complement.
      codes[j] = as_words(Floats::load_unaligned(source + j * Floats::size) / divisor + offset) & nibble;
    }
    store_joined_nibbles(codes, pairs + i / 2);
  }
}

void pack(const Format& format, std::span<const float> weights, const Layout& layout,
          std::span<std::uint8_t> bytes) {
  const Sections<std::uint8_t> sections(format, layout, bytes);
  CodeWriter writer(sections.codes, format.code_bits);
  static_assert(GroupCutter::at_once <= ScaleWriter::at_once);
  ScaleWriter scale_writer(sections.scales, layout.scales);
  const bool by_nibbles =
      format.code_bits == 4 && layout.groups_are_equal() && layout.group % nibbles_at_once == 0;
  for_each_group_batch(format, weights, layout, [&](auto groups, std::span<const float> scales) {
    scale_writer.take(scales);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      std::span<const float> group = weights.subspan(groups[i].begin, groups[i].length);
      if (by_nibbles) {
        quantize_nibbles(group, scales[i], sections.codes.data() + groups[i].begin / 2);
        continue;
      }
      while (!group.empty()) {
        const std::span<std::uint8_t> codes = writer.room(group.size());
        quantize(group.first(codes.size()), scales[i], codes);
        writer.advance(codes.size());
        group = group.subspan(codes.size());
      }
    }
  });
  scale_writer.flush();
  writer.flush();
}

/// code × scale. Flipping the sign bit of a code and taking its weight away extends the sign.
void dequantize(std::span<const std::uint8_t> codes, int sign_bit, float scale,
                std::span<float> weights) noexcept {
  const Floats factor(scale);
  const Words sign(sign_bit);
  simd_transform<quad_size>(codes, weights, [&](const std::uint8_t* source, float* target) {
    const WordQuad words = load_bytes(source);
    for (std::size_t i = 0; i < words.size(); ++i) {
      (to_floats((words[i] ^ sign) - sign) * factor).store_unaligned(target + i * Floats::size);
    }
  });
}

/// Calls body(group, scale) for all groups of packed weights.
template <class Body>
void for_each_stored_scale(std::span<const std::uint8_t> stored, const Layout& layout, Body body) {
  const std::size_t scale_bytes = scale_size(layout.scales);
  GroupCutter cutter(layout);
  ScaleBuffer buffer;
  std::size_t index = 0;
  for (auto groups = cutter.next(); !groups.empty(); groups = cutter.next()) {
    const std::span<float> scales = std::span(buffer).first(groups.size());
    read_scales(stored.subspan(index * scale_bytes, groups.size() * scale_bytes), layout.scales, scales);
    require_stored_scales(scales, index);
    index += groups.size();
    for (std::size_t i = 0; i < groups.size(); ++i) body(groups[i], scales[i]);
  }
}

/// The numbers of four bits.
constexpr std::array<float, 16> nibble_values = [] {
  std::array<float, 16> values;
  for (int code = 0; code < 16; ++code)
    values[static_cast<std::size_t>(code)] = static_cast<float>((code ^ 8) - 8);
  return values;
}();

void unpack(const Format& format, std::span<const std::uint8_t> bytes, const Layout& layout,
            std::span<float> weights) {
  const Sections<const std::uint8_t> sections(format, layout, bytes);
  if (FloatTable<2>::vectorized && format.code_bits == 4 && layout.groups_begin_even()) {
    const FloatTable<2> nibbles(nibble_values);
    for_each_stored_scale(sections.scales, layout, [&](const GroupRange& group, float scale) {
      look_up_nibbles<FirstNibble::lower>(nibbles, sections.codes.data() + group.begin / 2, scale,
                                          weights.subspan(group.begin, group.length));
    });
    return;
  }
  CodeReader reader(sections.codes, layout.count(), format.code_bits);
  const int sign_bit = 1 << (format.code_bits - 1);
  for_each_stored_scale(sections.scales, layout, [&](const GroupRange& range, float scale) {
    std::span<float> group = weights.subspan(range.begin, range.length);
    while (!group.empty()) {
      const auto codes = reader.next(group.size());
      dequantize(codes, sign_bit, scale, group.first(codes.size()));
      group = group.subspan(codes.size());
    }
  });
}

/// round(weight / scale) × scale.
void fake_quantize_group(std::span<const float> group, float scale, std::span<float> result) noexcept {
  if (scale == 0) return std::fill(result.begin(), result.end(), 0.0f);
  const Floats step(scale);
  simd_transform<quad_size>(group, result, [&](const float* source, float* target) {
    for (std::size_t i = 0; i < quad_size; i += Floats::size) {
      const Floats code = round_half_to_even(Floats::load_unaligned(source + i) / step);
      // A code has no −0: adding 0 takes the sign from it.
      (code * step + Floats(0)).store_unaligned(target + i);
    }
  });
}

void fake_quantize(const Format& format, std::span<const float> weights, const Layout& layout,
                   std::span<float> dequantized) {
  for_each_group_batch(format, weights, layout, [&](auto groups, std::span<const float> scales) {
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const auto [begin, length] = groups[i];
      fake_quantize_group(weights.subspan(begin, length), scales[i], dequantized.subspan(begin, length));
    }
  });
}

COMPRESSION_SMALL_CODE std::size_t distinct_codes(const Format& format, std::span<const std::uint8_t> bytes,
                                                  const Layout& layout) {
  const Sections<const std::uint8_t> sections(format, layout, bytes);
  return distinct_in_stream(sections.codes, layout.count(), format.code_bits);
}

COMPRESSION_SMALL_CODE std::vector<float> levels(const Format& format, float absmax, ScaleType scales) {
  if (absmax == 0) return {0.0f};
  const GroupRange group{.begin = 0, .length = 1};
  ScaleBuffer buffer;
  const float scale = group_scales(format, {&absmax, 1}, {&group, 1}, 0, scales, buffer)[0];
  std::vector<float> values;
  for (int code = -highest_code(format) - 1; code <= highest_code(format); ++code) {
    values.push_back(static_cast<float>(code) * scale);
  }
  return values;
}

template <int bits>
float decode_one(std::int32_t code) noexcept {
  return static_cast<float>(code < 1 << (bits - 1) ? code : code - (1 << bits));
}

template <int bits>
std::int32_t encode_one(float number, Overflow /*overflow*/) noexcept {
  constexpr float half = 1 << (bits - 1);
  return static_cast<std::int32_t>((std::clamp(number, -half, half - 1) + rounder) - rounder);
}

constexpr std::size_t usual_group = 64;

template <int bits>
constexpr Format symmetric_integer(std::string_view id, std::string_view name) {
  return {
      .info = {.id = id,
               .name = name,
               .bits_per_weight = bits + 16.0 / usual_group,
               .block_size = usual_group,
               .levels = std::size_t{1} << bits,
               .kind = FormatKind::integer,
               .source = "Jacob et al. 2018, symmetric form (EQ 7.3)",
               .description = "two's complement integers under one scale a group",
               .grouped = true},
      .code_bits = bits,
      .packed_size = packed_size,
      .pack = pack,
      .unpack = unpack,
      .distinct_codes = distinct_codes,
      .levels = levels,
      .fake_quantize = fake_quantize,
      .codes = {
          .sign_bits = 1, .mantissa_bits = bits - 1, .decode = decode_one<bits>, .encode = encode_one<bits>}};
}

}  // namespace

constinit const Format int8 = symmetric_integer<8>("int8", "INT8 symmetric");
constinit const Format int7 = symmetric_integer<7>("int7", "INT7 symmetric");
constinit const Format int6 = symmetric_integer<6>("int6", "INT6 symmetric");
constinit const Format int5 = symmetric_integer<5>("int5", "INT5 symmetric");
constinit const Format int4 = symmetric_integer<4>("int4", "INT4 symmetric");
constinit const Format int3 = symmetric_integer<3>("int3", "INT3 symmetric");
constinit const Format int2 = symmetric_integer<2>("int2", "INT2 symmetric");

}  // namespace compression
