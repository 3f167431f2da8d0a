// q8_0: 32 weights of eight bits under one fp16 scale.
//
// { fp16 d; i8 codes[32]; }    code × d    d = absmax / 127
//
// Codes come from the scale before it is rounded to fp16; halves go away from zero. Importance changes
// nothing.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/formats/format.h"
#include "engine/formats/ggml/block_codes.h"
#include "engine/formats/ggml/block_format.h"
#include "engine/formats/ggml/rounding.h"
#include "engine/tensor/bytes.h"
#include "engine/tensor/magnitude.h"

namespace compression {
namespace {

struct EightBit {
  static constexpr std::size_t weights = 32;
  static constexpr std::size_t bytes = 2 + weights;
  static constexpr std::array<std::size_t, 1> scale_offsets = {0};
  static constexpr bool scale_shows_non_finite = true;

  static void encode(const ggml::Run& run, std::uint8_t* target) noexcept {
    // One block ahead: while codes are made, the processor has time for the largest weight of the next.
    float next = encode_scale(run.weights, target);
    for (std::size_t i = 0; i < run.blocks; ++i, target += bytes) {
      const float* const block = run.weights + i * weights;
      const Floats factor(next);
      if (i + 1 < run.blocks) next = encode_scale(block + weights, target + bytes);
      ggml::store_codes(std::span(block, weights), std::span(target + 2, weights),
                        [&](Floats x) { return ggml::half_away_words(x * factor); });
    }
  }

  /// Writes the scale of a block; what its weights are multiplied by.
  static float encode_scale(const float* block, std::uint8_t* target) noexcept {
    const float d = std::bit_cast<float>(largest_magnitude_bits({block, weights})) / 127;
    ggml::store_scale(d, target);
    const float inverse = ggml::reciprocal_or_zero(d);
    return std::isinf(inverse) ? 0 : inverse;
  }

  static void decode(const std::uint8_t* source, std::size_t blocks, float* target) noexcept {
    for (std::size_t i = 0; i < blocks; ++i, source += bytes, target += weights) {
      const Floats d(ggml::load_scale(source));
      for (std::size_t j = 0; j < weights; j += 16) {
        const FloatsOfBytes codes = signed_floats(load_sixteen(source + 2 + j));
        for (std::size_t k = 0; k < codes.size(); ++k) {
          (codes[k] * d).store_unaligned(target + j + k * Floats::size);
        }
      }
    }
  }

  static void codes(const std::uint8_t* block, std::uint8_t* codes) noexcept {
    std::copy_n(block + 2, weights, codes);
  }

  static std::vector<float> levels(float absmax) {
    std::array<std::uint8_t, bytes> block;
    const std::array<float, weights> extremes = {absmax};
    encode({extremes.data(), nullptr, 0, 1}, block.data());
    std::vector<float> values;
    for (int code = -127; code <= 127; ++code) {
      values.push_back(static_cast<float>(code) * ggml::load_scale(block.data()));
    }
    return values;
  }
};

}  // namespace

constinit const Format q8_0 = ggml::block_format<EightBit>(
    {.id = "q8_0",
     .name = "Q8_0",
     .code_bits = 8,
     .levels = 255,
     .description = "32 weights in eight bits each: next to lossless, the usual reference among GGUF files"});

}  // namespace compression
