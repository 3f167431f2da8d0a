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

#include "engine/formats/block_fields.h"
#include "engine/formats/codes.h"
#include "engine/formats/format_info.h"
#include "engine/formats/layout.h"
#include "engine/formats/packed.h"

namespace compression {

/// What single codes stand for under the scale 1, for formats whose codes are values.
struct Codes {
  int sign_bits = 0;
  int exponent_bits = 0;
  int mantissa_bits = 0;

  /// Value of a code 0 … 2^code_bits − 1; nullptr where codes are no values.
  float (*decode)(std::int32_t code) = nullptr;

  /// Code of a number that is not NaN, in the low code_bits bits.
  std::int32_t (*encode)(float number, Overflow overflow) = nullptr;
};

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

  /// How many distinct codes occur in the bytes.
  std::size_t (*distinct_codes)(const Format& self, std::span<const std::uint8_t> bytes,
                                const Layout& layout);

  /// Every value under one scale, ascending, where the largest magnitude is absmax.
  std::vector<float> (*levels)(const Format& self, float absmax, ScaleType scales);

  /// What a block of info.block_size weights is made of; none where formats are not made of such blocks.
  std::span<const BlockField> block_fields{};

  /// unpack(pack(weights)) without the bytes; the same bits. nullptr where that is not quicker than the two.
  void (*fake_quantize)(const Format& self, std::span<const float> weights, const Layout& layout,
                        std::span<float> dequantized) = nullptr;

  /// The codes one by one.
  Codes codes{};

  /// The scale of a block with that largest magnitude; nullptr where blocks have none of 8 bits.
  BlockScale (*microscale)(float absmax, ScaleRule rule) = nullptr;
};

extern const Format bf16;
extern const Format fp16;
extern const Format fp8_e4m3;
extern const Format fp8_e5m2;
extern const Format fp6_e2m3;
extern const Format fp6_e3m2;
extern const Format fp4_e2m1;
extern const Format e8m0;
extern const Format int8;
extern const Format int7;
extern const Format int6;
extern const Format int5;
extern const Format int4;
extern const Format int3;
extern const Format int2;
extern const Format uint8;
extern const Format uint7;
extern const Format uint6;
extern const Format uint5;
extern const Format uint4;
extern const Format uint3;
extern const Format uint2;
extern const Format nf4;
extern const Format nf4_dq;
extern const Format fp4;
extern const Format mxfp8_e4m3;
extern const Format mxfp6_e2m3;
extern const Format mxfp6_e3m2;
extern const Format mxfp4;
extern const Format mxint8;
extern const Format nvfp4;
extern const Format q2_k;
extern const Format q3_k;
extern const Format q4_k;
extern const Format q5_k;
extern const Format q6_k;
extern const Format e8p;
extern const Format q8_0;
extern const Format q5_1;
extern const Format q5_0;
extern const Format q4_1;
extern const Format q4_0;
extern const Format iq4_nl;
extern const Format iq4_xs;
extern const Format mxfp4_ggml;
extern const Format tq2_0;
extern const Format tq1_0;
extern const Format aqlm;

/// Memory for weights of that format, layout and options, to be filled. The options' importance is not kept.
Packed empty_packed(const Format& format, const Layout& layout, const PackOptions& options);

}  // namespace compression
