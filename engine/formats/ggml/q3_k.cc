// q3_k: sixteen sub-blocks of 16 weights with codes of three bits, and a scale of six bits each.
//
// Packed: the high bits of the codes (bit j of byte i is that of weight i + 32 j), their low two bits (of
// each 128 weights 32 bytes, four codes that lie 32 apart in each), the scales plus 32 (four bits of scales j
// and j + 8 in byte j, then two bits of scales j, j + 4, j + 8, j + 12 in byte 8 + j), then the fp16 scale of
// scales.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/formats/block_fields.h"
#include "engine/formats/float16.h"
#include "engine/formats/format.h"
#include "engine/formats/ggml/block_bytes.h"
#include "engine/formats/ggml/descent_search.h"
#include "engine/formats/ggml/nearest.h"
#include "engine/formats/ggml/symmetric_search.h"
#include "engine/formats/ggml/symmetric_super_block.h"
#include "engine/small_code.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/side_by_side.h"

namespace compression {
namespace {

using ggml::symmetric_count;
using ggml::symmetric_width;

constexpr int half = 4;
constexpr int half_scale = 32;
constexpr std::size_t low_bits = 32;
constexpr std::size_t scale_bytes = low_bits + 64;

using Scales = std::array<float, symmetric_count>;

/// What the searches found in the sub-blocks.
struct Fits {
  Scales scales;
  Scales weight_sums;  // with importance
};

/// The scale of each sub-block, and the codes of the search.
COMPRESSION_SMALL_CODE Fits fit_sub_blocks(const float* weights, const float* importance,
                                           ggml::SearchCodes& codes) noexcept {
  Fits fits;
  const Floats variance(importance == nullptr ? 0.0f
                                              : 2 * ggml::square_sum(weights) / ggml::super_block_size);
  for (std::size_t first = 0; first < symmetric_count; first += Floats::size) {
    const std::size_t begin = first * symmetric_width;
    const auto x = load_side_by_side<symmetric_width>(weights + begin);
    if (importance == nullptr) {
      const auto fit = ggml::fit_by_descent(x, half);
      fit.scale.store_unaligned(&fits.scales[first]);
      codes.store(first, fit.codes);
      continue;
    }
    auto w = ggml::importance_weights(x, importance + begin, variance);
    const auto fit = ggml::fit_symmetric(x, w, half);
    fit.scale.store_unaligned(&fits.scales[first]);
    ggml::sum(w).store_unaligned(&fits.weight_sums[first]);
    for (std::size_t i = 0; i < symmetric_width; ++i) w[i] = fit.code(x[i]);
    codes.store(first, w);
  }
  return fits;
}

/// Scales under one that gives the largest the code −32; that one.
float encode_under_largest(const Scales& scales, ggml::SymmetricSuperBlock& block) noexcept {
  const float largest = ggml::signed_maximum(load_alone(scales)).value;
  if (largest == 0) {
    block.scales.fill(-half_scale);
    return 0;
  }
  const float inverse = -half_scale / largest;
  for (std::size_t j = 0; j < scales.size(); ++j) {
    const auto code = static_cast<std::int8_t>(ggml::nearest_integer(inverse * scales[j]));
    block.scales[j] = std::clamp<std::int8_t>(code, -half_scale, half_scale - 1);
  }
  return 1 / inverse;
}

/// Scales under the one that a search finds; that one.
float encode_by_search(const Fits& fits, ggml::SymmetricSuperBlock& block) noexcept {
  const auto scales = load_alone(fits.scales);
  const auto fit = ggml::fit_symmetric(scales, load_alone(fits.weight_sums), half_scale);
  for (std::size_t j = 0; j < scales.size(); ++j) {
    block.scales[j] = static_cast<std::int8_t>(static_cast<int>(fit.code(scales[j]).value) - half_scale);
  }
  return fit.scale.value;
}

void store_scales(const ggml::SymmetricSuperBlock& block, std::uint8_t* bytes) noexcept {
  std::array<int, symmetric_count> codes;
  for (std::size_t j = 0; j < codes.size(); ++j) codes[j] = block.scales[j] + half_scale;
  for (std::size_t j = 0; j < 8; ++j) {
    bytes[j] = static_cast<std::uint8_t>((codes[j] & 15) | (codes[j + 8] & 15) << 4);
  }
  for (std::size_t j = 0; j < 4; ++j) {
    bytes[8 + j] = static_cast<std::uint8_t>(codes[j] >> 4 | codes[j + 4] >> 4 << 2 | codes[j + 8] >> 4 << 4 |
                                             codes[j + 12] >> 4 << 6);
  }
}

void load_scales(const std::uint8_t* bytes, ggml::SymmetricSuperBlock& block) noexcept {
  for (std::size_t j = 0; j < symmetric_count; ++j) {
    const int low = j < 8 ? bytes[j] & 15 : bytes[j - 8] >> 4;
    const int high = bytes[8 + j % 4] >> (2 * (j / 4)) & 3;
    block.scales[j] = static_cast<std::int8_t>((low | high << 4) - half_scale);
  }
}

COMPRESSION_SMALL_CODE bool quantize(const float* weights, const float* importance, std::uint8_t* bytes) {
  ggml::SymmetricSuperBlock block;
  ggml::SearchCodes codes;
  const Fits fits = fit_sub_blocks(weights, importance, codes);
  block.scale = fp16_from_float(importance == nullptr ? encode_under_largest(fits.scales, block)
                                                      : encode_by_search(fits, block));
  if (!std::isfinite(float_from_fp16(block.scale))) return false;
  ggml::encode<half>(weights, codes, block);

  ggml::join_bits<2>(block.codes.data(), bytes);
  for (std::size_t i = 0; i < 256; i += 128) {
    ggml::join_bit_pairs<0>(&block.codes[i], bytes + low_bits + i / 4);
  }
  store_scales(block, bytes + scale_bytes);
  ggml::store_half(block.scale, bytes + scale_bytes + 12);
  return true;
}

COMPRESSION_SMALL_CODE void read_codes(const std::uint8_t* bytes, std::uint8_t* codes) {
  for (std::size_t i = 0; i < 256; i += 128) ggml::split_bit_pairs<0>(bytes + low_bits + i / 4, codes + i);
  ggml::split_bits<2>(bytes, codes);
}

void dequantize(const std::uint8_t* bytes, float* weights) {
  ggml::SymmetricSuperBlock block;
  read_codes(bytes, block.codes.data());
  load_scales(bytes + scale_bytes, block);
  block.scale = ggml::load_half(bytes + scale_bytes + 12);
  ggml::dequantize<half>(block, weights);
}

constexpr ggml::SuperBlockCodec codec{
    .bytes = 110,
    .largest = ggml::largest_fp16 * half_scale * half,
    .quantize = quantize,
    .dequantize = dequantize,
    .read_codes = read_codes,
};

constexpr std::array fields = {
    BlockField{"codes", 256, 3},
    BlockField{"scales", 16, 6},
    BlockField{"scale of scales", 1, 16},
};

}  // namespace

constinit const Format q3_k = ggml::k_quant<codec>({
    .id = "q3_k",
    .name = "Q3_K",
    .description =
        "3-bit codes in super-blocks of 256, scales of 6 bits: for models that 4 bits leave too large",
    .code_bits = 3,
    .fields = fields,
    .levels = ggml::levels<half, half_scale>,
});

}  // namespace compression
