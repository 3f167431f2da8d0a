// NVFP4: FP4 elements in blocks of 16 neighbours in a row, an E4M3 scale for each, and one float32 scale for
// the tensor. A row is padded with zeros to whole blocks.
//
// Packed: the elements of all blocks, padding included, two to a byte, the even one's below; one E4M3 byte
// per block; the tensor's scale, by which weights are multiplied, little-endian.
#include "engine/formats/nvfp4.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/code_stream.h"
#include "engine/formats/format.h"
#include "engine/formats/small_float.h"
#include "engine/small_code.h"
#include "engine/tensor/lookup.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/simd_loop.h"

namespace compression {
namespace {

constexpr std::size_t elements_per_byte = 2;

/// The layout cut into blocks instead of the caller's groups.
Layout blocks_of(Layout layout) noexcept {
  layout.whole_tensor = false;
  layout.group = nvfp4_block;
  return layout;
}

std::uint64_t packed_size(const Format& /*format*/, const Layout& layout) {
  const std::uint64_t blocks = blocks_of(layout).groups();
  return blocks == 0 ? 0 : blocks * (nvfp4_block / elements_per_byte + 1) + sizeof(float);
}

/// Bytes cut into elements, block scales and the tensor's scale.
template <class Byte>
struct Sections {
  std::span<Byte> elements;
  std::span<Byte> scales;
  std::span<Byte> tensor_scale;

  Sections(const Layout& layout, std::span<Byte> bytes) noexcept
      : elements(bytes.first(blocks_of(layout).groups() * nvfp4_block / elements_per_byte)),
        scales(bytes.subspan(elements.size(), blocks_of(layout).groups())),
        tensor_scale(bytes.subspan(elements.size() + scales.size())) {}
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

/// The elements [length] of a block whose weights are measured in `step`.
void encode(std::span<const float> weights, float step, std::uint8_t* codes) noexcept {
  const Floats divisor(step);
  simd_transform<quad_size>(
      weights, std::span(codes, weights.size()), [&](const float* source, std::uint8_t* target) {
        WordQuad words;
        for (std::size_t i = 0; i < words.size(); ++i) {
          const Floats quotient = Floats::load_unaligned(source + i * Floats::size) / divisor;
          words[i] = small_float_from_float_bits<fp4_e2m1_fields>(as_words(quotient), Overflow::saturate);
        }
        store_bytes(words, target);
      });
}

/// The elements of NVFP4 are numbers of bf16.
using ElementTable = FloatTable<2>;

/// element × block scale × tensor scale.
void decode(const ElementTable& table, const std::uint8_t* codes, float scale,
            std::span<float> weights) noexcept {
  simd_transform<ElementTable::step>(
      std::span(codes, weights.size()), weights,
      [&](const std::uint8_t* source, float* target) { table.look_up(load_sixteen(source), scale, target); });
}

/// The scales of a few neighbouring blocks.
struct Scales {
  std::array<std::int32_t, GroupCutter::at_once> codes;
  std::array<float, GroupCutter::at_once>
      steps;  // block scale × tensor scale: what an element of 1 stands for
};

/// The scales for blocks with these largest magnitudes [at_once]. All of them together: a division for each
/// block would take as long as its elements.
void choose_scales(std::span<const float> absmax, float tensor_scale, Scales& scales) noexcept {
  for (std::size_t i = 0; i < absmax.size(); i += Floats::size) {
    const Words codes = nvfp4_block_scale(Floats::load_unaligned(absmax.data() + i), tensor_scale);
    const Floats values = as_floats(float_bits_from_small_float<fp8_e4m3_fields>(codes));
    codes.store_unaligned(scales.codes.data() + i);
    (values * Floats(tensor_scale)).store_unaligned(scales.steps.data() + i);
  }
}

/// Calls body(block's range, index, code of its scale, step of its elements) for all blocks of the weights,
/// which are finite.
template <class Body>
void for_each_scale(std::span<const float> weights, const Layout& layout, float tensor_scale, Body body) {
  GroupCutter cutter(blocks_of(layout));
  std::array<float, GroupCutter::at_once> absmax{};
  Scales scales;
  std::size_t index = 0;
  for (auto blocks = cutter.next(); !blocks.empty(); blocks = cutter.next()) {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const auto bits = largest_magnitude_bits(weights.subspan(blocks[i].begin, blocks[i].length));
      absmax[i] = std::bit_cast<float>(bits);
    }
    choose_scales(absmax, tensor_scale, scales);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      body(blocks[i], index++, scales.codes[i], scales.steps[i]);
    }
  }
}

void pack(const Format& /*format*/, std::span<const float> weights, const Layout& layout,
          std::span<std::uint8_t> bytes) {
  if (weights.empty()) return;
  const Sections<std::uint8_t> sections(layout, bytes);
  const float tensor_scale = nvfp4_tensor_scale(finite_absmax(weights, "weights"));
  std::memcpy(sections.tensor_scale.data(), &tensor_scale, sizeof tensor_scale);
  CodeWriter writer(sections.elements, 4);
  for_each_scale(weights, layout, tensor_scale,
                 [&](const GroupRange& block, std::size_t index, std::int32_t code, float step) {
                   sections.scales[index] = static_cast<std::uint8_t>(code);
                   // The writer's buffer holds whole blocks, so that a block always has room.
                   const std::span<std::uint8_t> codes = writer.room(nvfp4_block);
                   encode(weights.subspan(block.begin, block.length), step, codes.data());
                   std::fill(codes.begin() + static_cast<std::ptrdiff_t>(block.length), codes.end(),
                             std::uint8_t{0});
                   writer.advance(nvfp4_block);
                 });
  writer.flush();
}

void unpack(const Format& /*format*/, std::span<const std::uint8_t> bytes, const Layout& layout,
            std::span<float> weights) {
  if (weights.empty()) return;
  const Sections<const std::uint8_t> sections(layout, bytes);
  float tensor_scale;
  std::memcpy(&tensor_scale, sections.tensor_scale.data(), sizeof tensor_scale);
  if (!(tensor_scale >= 0 && std::isfinite(tensor_scale))) {
    throw EngineError(ErrorCode::corrupt_packed,
                      "the scale of the tensor is not a finite number of at least 0");
  }
  const ElementTable table(fp4_e2m1_values);
  CodeReader reader(sections.elements, sections.scales.size() * nvfp4_block, 4);
  for_each_block(layout, [&](const GroupRange& block, std::size_t index) {
    if (sections.scales[index] > fp8_e4m3_fields.largest) {
      throw EngineError(ErrorCode::corrupt_packed, "the scale of block " + std::to_string(index) +
                                                       " is not a finite number of at least 0");
    }
    const float step = float_from_small_float<fp8_e4m3_fields>(sections.scales[index]) * tensor_scale;
    decode(table, reader.next(nvfp4_block).data(), step, weights.subspan(block.begin, block.length));
  });
}

COMPRESSION_SMALL_CODE std::size_t distinct_codes(const Format& /*format*/,
                                                  std::span<const std::uint8_t> bytes, const Layout& layout) {
  const Sections<const std::uint8_t> sections(layout, bytes);
  return distinct_in_stream(sections.elements, sections.elements.size() * elements_per_byte, 4);
}

/// Of the block with the tensor's largest magnitude.
COMPRESSION_SMALL_CODE std::vector<float> levels(const Format& /*format*/, float absmax,
                                                 ScaleType /*scales*/) {
  if (absmax == 0) return {0.0f};
  const float tensor_scale = nvfp4_tensor_scale(absmax);
  const std::int32_t code = nvfp4_block_scale(ScalarBatch<float>(absmax), tensor_scale).value;
  const float step = float_from_small_float<fp8_e4m3_fields>(code) * tensor_scale;
  std::vector<float> values;
  for (const float value : fp4_e2m1_values) {
    if (!std::signbit(value) || value != 0) values.push_back(value * step);
  }
  std::sort(values.begin(), values.end());
  return values;
}

BlockScale microscale(float absmax, ScaleRule /*rule*/) noexcept {
  const std::int32_t code = nvfp4_block_scale(ScalarBatch<float>(absmax), 1.0f).value;
  return {.code = code, .scale = float_from_small_float<fp8_e4m3_fields>(code)};
}

}  // namespace

constinit const Format nvfp4 = {
    .info = {.id = "nvfp4",
             .name = "NVFP4",
             .bits_per_weight = 4 + 8.0 / nvfp4_block,
             .block_size = nvfp4_block,
             .levels = 15,
             .kind = FormatKind::microscaling,
             .source = "NVIDIA ModelOpt and TensorRT",
             .description = "FP4 under an FP8 scale for each 16, and one float32 scale for the tensor",
             .grouped = false},
    .code_bits = 4,
    .packed_size = packed_size,
    .pack = pack,
    .unpack = unpack,
    .distinct_codes = distinct_codes,
    .levels = levels,
    .codes = {.sign_bits = 1,
              .exponent_bits = fp4_e2m1_fields.exponent_bits,
              .mantissa_bits = fp4_e2m1_fields.mantissa_bits,
              .decode = float_from_small_float<fp4_e2m1_fields>,
              .encode = small_float_from_float<fp4_e2m1_fields>},
    .microscale = microscale};

}  // namespace compression
