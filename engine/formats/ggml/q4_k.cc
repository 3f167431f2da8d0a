// q4_k: eight sub-blocks of 32 weights with codes of four bits, and a scale and a minimum of six bits each.
//
// Packed: the head (six_bit_scales.h), then the codes: of each 64 weights 32 bytes, the first 32 in the low
// nibbles, the others in the high ones.
#include "engine/formats/ggml/q4_k.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/formats/block_fields.h"
#include "engine/formats/format.h"
#include "engine/formats/ggml/affine_super_block.h"
#include "engine/formats/ggml/block_bytes.h"
#include "engine/formats/ggml/six_bit_scales.h"
#include "engine/formats/ggml/super_block.h"
#include "engine/small_code.h"

namespace compression {
namespace {

constexpr ggml::AffineKind kind{.width = ggml::q4_k_width,
                                .highest = ggml::q4_k_highest,
                                .highest_scale = ggml::q4_k_highest_scale,
                                .error = ggml::ErrorKind::squared,
                                .candidates = {.first = -1, .step = 0.1f, .last = 20},
                                .variance = 2};

COMPRESSION_SMALL_CODE bool quantize(const float* weights, const float* importance, std::uint8_t* bytes) {
  ggml::Q4kBlock block;
  if (!ggml::quantize_q4_k(weights, importance, block)) return false;
  ggml::store_q4_k(block, bytes);
  return true;
}

COMPRESSION_SMALL_CODE void read_codes(const std::uint8_t* bytes, std::uint8_t* codes) {
  bytes += ggml::six_bit_head;
  for (std::size_t i = 0; i < 256; i += 64) ggml::split_nibble_halves<32>(bytes + i / 2, codes + i);
}

void dequantize(const std::uint8_t* bytes, float* weights) {
  ggml::Q4kBlock block;
  ggml::load_head(bytes, block);
  read_codes(bytes, block.codes.data());
  ggml::dequantize(block, weights);
}

constexpr ggml::SuperBlockCodec codec{
    .bytes = ggml::q4_k_bytes,
    .largest = ggml::q4_k_largest,
    .quantize = quantize,
    .dequantize = dequantize,
    .read_codes = read_codes,
};

constexpr std::array fields = {
    BlockField{"scale of scales", 1, 16}, BlockField{"scale of minima", 1, 16}, BlockField{"scales", 8, 6},
    BlockField{"minima", 8, 6},           BlockField{"codes", 256, 4},
};

}  // namespace

COMPRESSION_SMALL_CODE bool ggml::quantize_q4_k(const float* weights, const float* importance,
                                                Q4kBlock& block) {
  return quantize<kind>(weights, importance, block);
}

COMPRESSION_SMALL_CODE void ggml::store_q4_k(const Q4kBlock& block, std::uint8_t* bytes) {
  store_head(block, bytes);
  bytes += six_bit_head;
  for (std::size_t i = 0; i < super_block_size; i += 64) {
    join_nibble_halves<32>(&block.codes[i], bytes + i / 2);
  }
}

constinit const Format q4_k = ggml::k_quant<codec>({
    .id = "q4_k",
    .name = "Q4_K",
    .description =
        "4-bit codes in super-blocks of 256, scales and minima of 6 bits: the usual choice in GGUF files",
    .code_bits = 4,
    .fields = fields,
    .levels = ggml::levels<kind>,
});

}  // namespace compression
