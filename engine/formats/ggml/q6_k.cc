// q6_k: sixteen sub-blocks of 16 weights with codes of six bits, and a scale of eight bits each.
//
// Packed: the low four bits of the codes (of each 128 weights 64 bytes, two codes that lie 64 apart in each),
// their high two bits (of each 128 weights 32 bytes, four codes that lie 32 apart), the scales, then the fp16
// scale of scales.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "engine/formats/block_fields.h"
#include "engine/formats/float16.h"
#include "engine/formats/format.h"
#include "engine/formats/ggml/block_bytes.h"
#include "engine/formats/ggml/symmetric_search.h"
#include "engine/formats/ggml/symmetric_super_block.h"
#include "engine/small_code.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/side_by_side.h"

namespace compression {
namespace {

using ggml::symmetric_count;
using ggml::symmetric_width;

constexpr int half = 32;
constexpr int highest_scale = 128;  // of −128 itself
constexpr std::size_t block_bytes = 210;
constexpr std::size_t high_bits = 128;
constexpr std::size_t scale_bytes = high_bits + 64;

/// Scales of the sub-blocks, and the codes of the search. Errors cost the importance, or else the square
/// of the weight.
std::array<float, symmetric_count> fit_sub_blocks(const float* weights, const float* importance,
                                                  ggml::SearchCodes& codes) noexcept {
  std::array<float, symmetric_count> scales;
  for (std::size_t first = 0; first < scales.size(); first += Floats::size) {
    const std::size_t begin = first * symmetric_width;
    const auto x = load_side_by_side<symmetric_width>(weights + begin);
    auto w = x;
    if (importance != nullptr) {
      w = load_side_by_side<symmetric_width>(importance + begin);
    } else {
      for (Floats& weight : w) weight = weight * weight;
    }
    const auto fit = ggml::fit_symmetric(x, w, half);
    fit.scale.store_unaligned(&scales[first]);
    for (std::size_t i = 0; i < symmetric_width; ++i) w[i] = fit.code(x[i]);
    codes.store(first, w);
  }
  return scales;
}

COMPRESSION_SMALL_CODE bool quantize(const float* weights, const float* importance, std::uint8_t* bytes) {
  ggml::SymmetricSuperBlock block;
  ggml::SearchCodes codes;
  const auto scales = fit_sub_blocks(weights, importance, codes);
  const float largest = ggml::signed_maximum(load_alone(scales)).value;
  if (std::abs(largest) < ggml::negligible) {
    std::fill_n(bytes, block_bytes, std::uint8_t{0});
    return true;
  }
  const float inverse = -highest_scale / largest;
  block.scale = fp16_from_float(1 / inverse);
  if (!std::isfinite(float_from_fp16(block.scale))) return false;
  for (std::size_t j = 0; j < scales.size(); ++j) {
    block.scales[j] = static_cast<std::int8_t>(std::min(127, ggml::nearest_integer(inverse * scales[j])));
  }
  ggml::encode<half>(weights, codes, block);

  for (std::size_t i = 0; i < 256; i += 128) {
    ggml::join_nibble_halves<64>(&block.codes[i], bytes + i / 2);
    ggml::join_bit_pairs<4>(&block.codes[i], bytes + high_bits + i / 4);
  }
  std::transform(block.scales.begin(), block.scales.end(), bytes + scale_bytes,
                 [](std::int8_t scale) { return static_cast<std::uint8_t>(scale); });
  ggml::store_half(block.scale, bytes + scale_bytes + symmetric_count);
  return true;
}

COMPRESSION_SMALL_CODE void read_codes(const std::uint8_t* bytes, std::uint8_t* codes) {
  for (std::size_t i = 0; i < 256; i += 128) {
    ggml::split_nibble_halves<64>(bytes + i / 2, codes + i);
    ggml::split_bit_pairs<4>(bytes + high_bits + i / 4, codes + i);
  }
}

void dequantize(const std::uint8_t* bytes, float* weights) {
  ggml::SymmetricSuperBlock block;
  read_codes(bytes, block.codes.data());
  for (std::size_t j = 0; j < symmetric_count; ++j) {
    block.scales[j] = static_cast<std::int8_t>(bytes[scale_bytes + j]);
  }
  block.scale = ggml::load_half(bytes + scale_bytes + symmetric_count);
  ggml::dequantize<half>(block, weights);
}

constexpr ggml::SuperBlockCodec codec{
    .bytes = block_bytes,
    .largest = ggml::largest_fp16 * highest_scale * half,
    .quantize = quantize,
    .dequantize = dequantize,
    .read_codes = read_codes,
};

constexpr std::array fields = {
    BlockField{"codes", 256, 6},
    BlockField{"scales", 16, 8},
    BlockField{"scale of scales", 1, 16},
};

}  // namespace

constinit const Format q6_k = ggml::k_quant<codec>({
    .id = "q6_k",
    .name = "Q6_K",
    .description =
        "6-bit codes in super-blocks of 256, scales of 8 bits: output layers of GGUF files, nearly lossless",
    .code_bits = 6,
    .fields = fields,
    .levels = ggml::levels<half, highest_scale>,
});

}  // namespace compression
