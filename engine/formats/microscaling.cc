// MXFP8, MXFP6, MXFP4 and MXINT8 (OCP MX v1.0): blocks of 32 neighbours in a row under a power of two. A row
// is padded with zeros to whole blocks.
//
// Packed: the elements of all blocks, padding included, as one bit stream (bit_packing.h), of two nibbles the
// even element's below; then one E8M0 byte per block. The standard leaves the order open; this is the one of
// safetensors' F4 and of PyTorch.
#include "engine/formats/microscaling.h"

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
#include "engine/formats/nibble_table.h"
#include "engine/small_code.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/simd_loop.h"

namespace compression {
namespace {

/// The layout cut into blocks instead of the caller's groups.
Layout blocks_of(Layout layout) noexcept {
  layout.whole_tensor = false;
  layout.group = microscaling_block;
  return layout;
}

std::uint64_t elements_size(const Format& format, const Layout& layout) noexcept {
  return std::uint64_t{blocks_of(layout).groups()} * microscaling_block *
         static_cast<std::uint64_t>(format.code_bits) / 8;
}

std::uint64_t packed_size(const Format& format, const Layout& layout) {
  return elements_size(format, layout) + blocks_of(layout).groups();
}

/// Bytes cut into elements and scales.
template <class Byte>
struct Sections {
  std::span<Byte> elements;
  std::span<Byte> scales;

  Sections(const Format& format, const Layout& layout, std::span<Byte> bytes) noexcept
      : elements(bytes.first(static_cast<std::size_t>(elements_size(format, layout)))),
        scales(bytes.subspan(elements.size())) {}
};

/// Calls body(block's range in the weights, index of the block) for all blocks.
template <class Body>
void for_each_block(const Layout& layout, Body body) {
  GroupCutter cutter(blocks_of(layout));
  std::size_t index = 0;
  for (auto blocks = cutter.next(); !blocks.empty(); blocks = cutter.next()) {
    for (const GroupRange& block : blocks) body(block, index++);
  }
}

/// Calls body(block's range, index, code of its scale) for all blocks of the weights.
template <class Element, class Body>
void for_each_scale(std::span<const float> weights, const Layout& layout, Body body) {
  for_each_block(layout, [&](const GroupRange& block, std::size_t index) {
    const std::int32_t absmax = largest_magnitude_bits(weights.subspan(block.begin, block.length));
    if (absmax >= infinity_bits) require_finite(weights, "weights");
    body(block, index, microscale_code<Element>(absmax, layout.scale_rule));
  });
}

/// weights / scale as elements. The reciprocal of a power of two is exact.
template <class Element>
void encode(std::span<const float> weights, std::int32_t scale_code, std::span<std::uint8_t> codes) noexcept {
  const Floats reciprocal(float_from_e8m0(e8m0_largest - scale_code));
  simd_transform<quad_size>(weights, codes, [&](const float* source, std::uint8_t* target) {
    WordQuad words;
    for (std::size_t i = 0; i < words.size(); ++i) {
      words[i] = Element::encode(Floats::load_unaligned(source + i * Floats::size) * reciprocal);
    }
    store_bytes(words, target);
  });
}

/// element × scale.
template <class Element>
void decode(std::span<const std::uint8_t> codes, float scale, std::span<float> weights) noexcept {
  const Floats factor(scale);
  simd_transform<quad_size>(codes, weights, [&](const std::uint8_t* source, float* target) {
    const WordQuad words = load_bytes(source);
    for (std::size_t i = 0; i < words.size(); ++i) {
      (Element::decode(words[i]) * factor).store_unaligned(target + i * Floats::size);
    }
  });
}

template <class Element>
void pack(const Format& format, std::span<const float> weights, const Layout& layout,
          std::span<std::uint8_t> bytes) {
  const Sections<std::uint8_t> sections(format, layout, bytes);
  CodeWriter writer(sections.elements, format.code_bits);
  for_each_scale<Element>(
      weights, layout, [&](const GroupRange& block, std::size_t index, std::int32_t scale_code) {
        sections.scales[index] = static_cast<std::uint8_t>(scale_code);
        // The writer's buffer holds whole blocks, so that a block always has room.
        const std::span<std::uint8_t> codes = writer.room(microscaling_block);
        encode<Element>(weights.subspan(block.begin, block.length), scale_code, codes.first(block.length));
        std::fill(codes.begin() + static_cast<std::ptrdiff_t>(block.length), codes.end(), std::uint8_t{0});
        writer.advance(microscaling_block);
      });
  writer.flush();
}

/// Calls body(block's range in the weights, index of the block, scale) for all blocks of packed weights.
template <class Body>
void for_each_stored_scale(std::span<const std::uint8_t> scales, const Layout& layout, Body body) {
  for_each_block(layout, [&](const GroupRange& block, std::size_t index) {
    if (scales[index] == e8m0_nan) {
      throw EngineError(ErrorCode::corrupt_packed, "the scale of block " + std::to_string(index) + " is NaN");
    }
    body(block, index, float_from_e8m0(scales[index]));
  });
}

template <class Element>
void unpack(const Format& format, std::span<const std::uint8_t> bytes, const Layout& layout,
            std::span<float> weights) {
  const Sections<const std::uint8_t> sections(format, layout, bytes);
  CodeReader reader(sections.elements, sections.scales.size() * microscaling_block, format.code_bits);
  for_each_stored_scale(sections.scales, layout,
                        [&](const GroupRange& block, std::size_t /*index*/, float scale) {
                          const auto codes = reader.next(microscaling_block).first(block.length);
                          decode<Element>(codes, scale, weights.subspan(block.begin, block.length));
                        });
}

using E2m1 = FloatElement<fp4_e2m1_fields>;

/// The same by a table of all sixteen elements, which are numbers of bf16.
template <>
void unpack<E2m1>(const Format& format, std::span<const std::uint8_t> bytes, const Layout& layout,
                  std::span<float> weights) {
  const Sections<const std::uint8_t> sections(format, layout, bytes);
  const FloatTable<2> table(fp4_e2m1_values);
  for_each_stored_scale(
      sections.scales, layout, [&](const GroupRange& block, std::size_t index, float scale) {
        look_up_nibbles<FirstNibble::lower>(table, sections.elements.data() + index * microscaling_block / 2,
                                            scale, weights.subspan(block.begin, block.length));
      });
}

COMPRESSION_SMALL_CODE std::size_t distinct_codes(const Format& format, std::span<const std::uint8_t> bytes,
                                                  const Layout& layout) {
  const Sections<const std::uint8_t> sections(format, layout, bytes);
  return distinct_in_stream(sections.elements, sections.scales.size() * microscaling_block, format.code_bits);
}

template <class Element>
COMPRESSION_SMALL_CODE std::vector<float> levels(const Format& /*format*/, float absmax,
                                                 ScaleType /*scales*/) {
  if (absmax == 0) return {0.0f};
  const auto bits = as_words(ScalarBatch<float>(absmax)).value;
  const float scale = float_from_e8m0(microscale_code<Element>(bits, ScaleRule::floor));
  std::vector<float> values;
  for (std::int32_t code = -Element::largest_code; code <= Element::largest_code; ++code) {
    const float element = Element::decode(ScalarBatch<std::int32_t>(std::abs(code))).value;
    values.push_back((code < 0 ? -element : element) * scale);
  }
  return values;
}

template <class Element>
float decode_one(std::int32_t code) noexcept {
  return Element::decode(ScalarBatch<std::int32_t>(code)).value;
}

template <class Element>
std::int32_t encode_one(float number, Overflow /*overflow*/) noexcept {
  // Far beyond every element the integer's rounding would not hold.
  return Element::encode(ScalarBatch<float>(std::clamp(number, -1024.0f, 1024.0f))).value;
}

template <class Element>
BlockScale microscale(float absmax, ScaleRule rule) noexcept {
  const auto bits = as_words(ScalarBatch<float>(absmax)).value;
  const std::int32_t code = microscale_code<Element>(bits, rule);
  return {.code = code, .scale = float_from_e8m0(code)};
}

template <class Element>
constexpr Format microscaling(std::string_view id, std::string_view name, std::string_view description) {
  return {.info = {.id = id,
                   .name = name,
                   .bits_per_weight = Element::bits + 8.0 / microscaling_block,
                   .block_size = microscaling_block,
                   .levels = 2 * std::size_t{Element::largest_code} + 1,
                   .kind = FormatKind::microscaling,
                   .source = "OCP Microscaling Formats (MX) v1.0",
                   .description = description,
                   .grouped = false},
          .code_bits = Element::bits,
          .packed_size = packed_size,
          .pack = pack<Element>,
          .unpack = unpack<Element>,
          .distinct_codes = distinct_codes,
          .levels = levels<Element>,
          .codes = {.sign_bits = 1,
                    .exponent_bits = Element::exponent_bits,
                    .mantissa_bits = Element::mantissa_bits,
                    .decode = decode_one<Element>,
                    .encode = encode_one<Element>},
          .microscale = microscale<Element>};
}

}  // namespace

constinit const Format mxfp8_e4m3 = microscaling<FloatElement<fp8_e4m3_fields>>(
    "mxfp8_e4m3", "MXFP8 E4M3", "FP8 under a power of two for each 32");
constinit const Format mxfp6_e2m3 = microscaling<FloatElement<fp6_e2m3_fields>>(
    "mxfp6_e2m3", "MXFP6 E2M3", "FP6 of 3 mantissa bits under a power of two for each 32");
constinit const Format mxfp6_e3m2 = microscaling<FloatElement<fp6_e3m2_fields>>(
    "mxfp6_e3m2", "MXFP6 E3M2", "FP6 of 2 mantissa bits under a power of two for each 32");
constinit const Format mxfp4 =
    microscaling<E2m1>("mxfp4", "MXFP4", "FP4 under a power of two for each 32: gpt-oss ships in it");
constinit const Format mxint8 =
    microscaling<IntegerElement>("mxint8", "MXINT8", "integers in 64ths under a power of two for each 32");

}  // namespace compression
