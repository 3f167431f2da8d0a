// mxfp4_ggml: OCP MXFP4, 32 weights of E2M1 under one E8M0 power of two, as ggml lays it out and rounds.
//
// { u8 e; u8 codes[16]; }    value(code) × 2^(e − 128), values doubled: 0 1 2 3 4 6 8 12 and their negatives
//
// Unlike OCP's own conversion, ties go to the smaller magnitude, and what would round to −0 becomes +0.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/formats/format.h"
#include "engine/formats/ggml/block_format.h"
#include "engine/formats/ggml/e2m1_block.h"
#include "engine/formats/ggml/nibble_block.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/portable_math.h"

namespace compression {
namespace {

/// floor(log2 x) for normal x > 0, as ggml has it: of the logarithm rounded to a float32, so that a number
/// within a few ulps of the next power of two already counts as that. At most −126 for subnormal x.
int rounded_exponent(float x) noexcept {
  constexpr std::int32_t mantissa_mask = (1 << 23) - 1;
  constexpr std::int32_t near_next_power = mantissa_mask - 64;
  const std::int32_t bits = std::bit_cast<std::int32_t>(x);
  if ((bits & mantissa_mask) < near_next_power) return (bits >> 23) - 127;
  return static_cast<int>(std::floor(static_cast<float>(logarithm2(x))));
}

struct Mxfp4 {
  static constexpr std::size_t weights = 32;
  static constexpr std::size_t bytes = 17;
  static constexpr std::array<std::size_t, 0> scale_offsets = {};
  static constexpr bool scale_shows_non_finite = false;

  /// The E8M0 code of a block. C leaves open what becomes of an exponent below the smallest scale, 2^-127:
  /// here it is that scale.
  static std::uint8_t scale_code(float absmax) noexcept {
    if (absmax == 0) return 0;
    return static_cast<std::uint8_t>(std::max(0, rounded_exponent(absmax) - 2 + 127));
  }

  static void encode(const ggml::Run& run, std::uint8_t* target) noexcept {
    for (std::size_t i = 0; i < run.blocks; ++i, target += bytes) {
      const std::span block(run.weights + i * weights, weights);
      target[0] = scale_code(std::bit_cast<float>(largest_magnitude_bits(block)));
      ggml::store_nibbles(block.data(), target + 1, ggml::E2m1Encoder(target[0]));
    }
  }

  static void decode(const std::uint8_t* source, std::size_t blocks, float* target) noexcept {
    for (std::size_t i = 0; i < blocks; ++i, source += bytes, target += weights) {
      const Floats d(ggml::half_scale(source[0]));
      ggml::decode_nibbles(source + 1, ggml::doubled_e2m1, target, [&](Floats values) { return values * d; });
    }
  }

  static void codes(const std::uint8_t* block, std::uint8_t* codes) noexcept {
    ggml::split_nibbles_of_block(block + 1, codes);
  }

  static std::vector<float> levels(float absmax) {
    std::vector<float> values;
    for (const std::int8_t value : ggml::doubled_e2m1) {
      values.push_back(static_cast<float>(value) * ggml::half_scale(scale_code(absmax)));
    }
    return values;
  }
};

}  // namespace

constinit const Format mxfp4_ggml = ggml::block_format<Mxfp4>(
    {.id = "mxfp4_ggml",
     .name = "MXFP4 (ggml)",
     .code_bits = 4,
     .levels = 15,
     .description =
         "OCP MXFP4 in the order of GGUF files and with ggml's rounding: ties to the smaller magnitude"});

}  // namespace compression
