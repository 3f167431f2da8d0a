/// What ggml's K-quants share: super-blocks of 256 weights, whose sub-blocks have scales that are codes under
/// a scale of their own.
///
/// Rows are quantized by themselves. A row whose length is no multiple of 256 is packed as if zeros of
/// importance 0 followed, and unpacked without them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/formats/block_fields.h"
#include "engine/formats/format.h"
#include "engine/formats/layout.h"

namespace compression::ggml {

inline constexpr std::size_t super_block_size = 256;

/// The largest finite fp16.
inline constexpr float largest_fp16 = 65504;

/// How a format makes and reads a super-block of `bytes`.
struct SuperBlockCodec {
  std::size_t bytes;
  float largest;  // no code stands for a larger magnitude

  /// weights [256], importance [256] or null → block [bytes]. False if a scale is too large for fp16.
  bool (*quantize)(const float* weights, const float* importance, std::uint8_t* block);

  /// block [bytes] → weights [256], for any bytes.
  void (*dequantize)(const std::uint8_t* block, float* weights);

  /// block [bytes] → codes [256].
  void (*read_codes)(const std::uint8_t* block, std::uint8_t* codes);
};

std::uint64_t packed_size(const SuperBlockCodec& codec, const Layout& layout);
void pack(const SuperBlockCodec& codec, std::span<const float> weights, const Layout& layout,
          std::span<std::uint8_t> bytes);
void unpack(const SuperBlockCodec& codec, std::span<const std::uint8_t> bytes, const Layout& layout,
            std::span<float> weights);
std::size_t distinct_codes(const SuperBlockCodec& codec, std::span<const std::uint8_t> bytes,
                           const Layout& layout);

/// step × (first…last) − offset, ascending, each value once: the levels of a sub-block. Throws
/// EngineError(overflow) where fp16 was too small for one of the two.
std::vector<float> sub_block_levels(const Format& format, float step, int first, int last, float offset);

/// What tells one K-quant from another.
struct KQuantFacts {
  std::string_view id;
  std::string_view name;
  std::string_view description;
  int code_bits;
  std::span<const BlockField> fields;
  std::vector<float> (*levels)(const Format& self, float absmax, ScaleType scales);
};

/// The Format around a codec, which is constant data with a name.
template <const SuperBlockCodec& codec>
constexpr Format k_quant(const KQuantFacts& facts) {
  return {.info = {.id = facts.id,
                   .name = facts.name,
                   .bits_per_weight = 8.0 * codec.bytes / super_block_size,
                   .block_size = super_block_size,
                   .levels = std::size_t{1} << facts.code_bits,
                   .kind = FormatKind::ggml_block,
                   .source = "ggml, ggml-common.h and ggml-quants.c",
                   .description = facts.description,
                   .grouped = false},
          .code_bits = facts.code_bits,
          .packed_size = [](const Format&, const Layout& layout) { return packed_size(codec, layout); },
          .pack = [](const Format&, std::span<const float> weights, const Layout& layout,
                     std::span<std::uint8_t> bytes) { pack(codec, weights, layout, bytes); },
          .unpack = [](const Format&, std::span<const std::uint8_t> bytes, const Layout& layout,
                       std::span<float> weights) { unpack(codec, bytes, layout, weights); },
          .distinct_codes = [](const Format&, std::span<const std::uint8_t> bytes,
                               const Layout& layout) { return distinct_codes(codec, bytes, layout); },
          .levels = facts.levels,
          .block_fields = facts.fields};
}

}  // namespace compression::ggml
