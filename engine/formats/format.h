/// What a number format has to bring: facts about itself, and the functions that turn floats into bytes and
/// back.
///
/// A new format is one file that defines a `const Format`, its declaration at the foot of this header, and
/// one line in registry.cc. Formats are constant data, so that no order of initialisation matters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/formats/format_info.h"
#include "engine/formats/layout.h"
#include "engine/formats/packed.h"

namespace compression {

struct Format {
  FormatInfo info;

  /// Bits of one code, without scales; of vector formats: of the code of one vector.
  int code_bits;

  /// Bits that each group stores beside its scale; 0 where there is no zero point.
  int zero_point_bits = 0;

  /// Bytes that a tensor of that layout takes.
  std::uint64_t (*packed_size)(const Format& self, const Layout& layout);

  /// weights [layout.count()] → bytes [packed_size]. Throws EngineError(non_finite or overflow).
  void (*pack)(const Format& self, std::span<const float> weights, const Layout& layout,
               std::span<std::uint8_t> bytes);

  /// bytes [packed_size] → weights [layout.count()]. Throws EngineError(corrupt_packed).
  void (*unpack)(const Format& self, std::span<const std::uint8_t> bytes, const Layout& layout,
                 std::span<float> weights);

  /// unpack(pack(weights)) without the bytes; the same bits.
  void (*fake_quantize)(const Format& self, std::span<const float> weights, const Layout& layout,
                        std::span<float> dequantized);

  /// How many distinct codes occur in the bytes.
  std::size_t (*distinct_codes)(const Format& self, std::span<const std::uint8_t> bytes,
                                const Layout& layout);

  /// Every value under one scale, ascending, where the largest magnitude is absmax.
  std::vector<float> (*levels)(const Format& self, float absmax, ScaleType scales);
};

extern const Format bf16;
extern const Format fp16;
extern const Format int8;
extern const Format int7;
extern const Format int6;
extern const Format int5;
extern const Format int4;
extern const Format int3;
extern const Format int2;
extern const Format e8p;
extern const Format aqlm;

}  // namespace compression
