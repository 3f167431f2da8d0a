// q2_k: sixteen sub-blocks of 16 weights with codes of two bits, and a scale and a minimum of four bits each.
//
// Packed: sixteen bytes of scale (low nibble) and minimum, the codes (of each 128 weights 32 bytes, four
// codes that lie 32 apart in each), then the fp16 scales of scales and of minima.
#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/formats/block_fields.h"
#include "engine/formats/format.h"
#include "engine/formats/ggml/affine_super_block.h"
#include "engine/formats/ggml/block_bytes.h"
#include "engine/formats/ggml/super_block.h"
#include "engine/small_code.h"

namespace compression {
namespace {

constexpr ggml::AffineKind kind{.width = 16,
                                .highest = 3,
                                .highest_scale = 15,
                                .error = ggml::ErrorKind::absolute,
                                .candidates = {.first = -0.5f, .step = 0.1f, .last = 15},
                                .variance = 1};

constexpr std::size_t code_bytes = 16;
constexpr std::size_t scale_bytes = code_bytes + 64;

COMPRESSION_SMALL_CODE bool quantize(const float* weights, const float* importance, std::uint8_t* bytes) {
  ggml::AffineSuperBlock<kind.width> block;
  if (!ggml::quantize<kind>(weights, importance, block)) return false;
  for (std::size_t j = 0; j < block.count; ++j) {
    bytes[j] = static_cast<std::uint8_t>(block.scales[j] | block.minima[j] << 4);
  }
  for (std::size_t i = 0; i < 256; i += 128) {
    ggml::join_bit_pairs<0>(&block.codes[i], bytes + code_bytes + i / 4);
  }
  ggml::store_half(block.scale, bytes + scale_bytes);
  ggml::store_half(block.minimum, bytes + scale_bytes + 2);
  return true;
}

COMPRESSION_SMALL_CODE void read_codes(const std::uint8_t* bytes, std::uint8_t* codes) {
  for (std::size_t i = 0; i < 256; i += 128) ggml::split_bit_pairs<0>(bytes + code_bytes + i / 4, codes + i);
}

void dequantize(const std::uint8_t* bytes, float* weights) {
  ggml::AffineSuperBlock<kind.width> block;
  for (std::size_t j = 0; j < block.count; ++j) {
    block.scales[j] = bytes[j] & 15;
    block.minima[j] = bytes[j] >> 4;
  }
  block.scale = ggml::load_half(bytes + scale_bytes);
  block.minimum = ggml::load_half(bytes + scale_bytes + 2);
  read_codes(bytes, block.codes.data());
  ggml::dequantize(block, weights);
}

constexpr ggml::SuperBlockCodec codec{
    .bytes = 84,
    .largest = ggml::largest_fp16 * kind.highest_scale * kind.highest,
    .quantize = quantize,
    .dequantize = dequantize,
    .read_codes = read_codes,
};

constexpr std::array fields = {
    BlockField{"scales", 16, 4},          BlockField{"minima", 16, 4},          BlockField{"codes", 256, 2},
    BlockField{"scale of scales", 1, 16}, BlockField{"scale of minima", 1, 16},
};

}  // namespace

constinit const Format q2_k = ggml::k_quant<codec>({
    .id = "q2_k",
    .name = "Q2_K",
    .description =
        "2-bit codes in super-blocks of 256, scales and minima of 4 bits: the smallest without a codebook",
    .code_bits = 2,
    .fields = fields,
    .levels = ggml::levels<kind>,
});

}  // namespace compression
