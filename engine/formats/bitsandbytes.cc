// NF4, NF4 with double quantization, and FP4, as bitsandbytes stores them: blocks of 64 neighbours of the
// flattened tensor, which may cross rows; every weight × (1 / absmax) is coded by a codebook of sixteen
// values.
//
// Packed: the codes of all weights, two to a byte, the first in the upper half, an odd end filled with the
// code of 0; then float32 absmax of every block. With double quantization, instead of these: a byte for each
// block, the float32 scales of these bytes for each 256 blocks, and the float32 mean (double_quantization.h).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/formats/bit_packing.h"
#include "engine/formats/double_quantization.h"
#include "engine/formats/format.h"
#include "engine/formats/nibble_codebook.h"
#include "engine/formats/nibble_table.h"
#include "engine/formats/scale.h"
#include "engine/small_code.h"
#include "engine/tensor/lookup.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/simd_loop.h"

namespace compression {
namespace {

constexpr std::size_t block_size = 64;

/// Weights worked on at once: their codes stay in the cache, and fill whole bytes.
constexpr std::size_t chunk_size = 16 * block_size;

constexpr std::size_t blocks_of(std::size_t count) noexcept {
  return (count + block_size - 1) / block_size;
}

float reciprocal(float absmax) noexcept {
  return 1.0f / std::max(absmax, least_absmax);
}

/// The absmax of every block [blocks_of(weights.size())].
void block_maxima(std::span<const float> weights, std::span<float> absmax) {
  for (std::size_t i = 0; i < absmax.size(); ++i) {
    const std::size_t begin = i * block_size;
    const auto block = weights.subspan(begin, std::min(block_size, weights.size() - begin));
    absmax[i] = finite_absmax(block, "weights", begin);
  }
}

/// Codes of weights, at most a chunk that begins with a block; absmax: of its blocks.
template <class Codebook>
void encode(std::span<const float> weights, std::span<const float> absmax, std::uint8_t* codes) noexcept {
  for (std::size_t i = 0; i < absmax.size(); ++i) {
    const auto block = weights.subspan(i * block_size, std::min(block_size, weights.size() - i * block_size));
    const Floats factor(reciprocal(absmax[i]));
    simd_transform<quad_size>(
        block, std::span(codes + i * block_size, block.size()),
        [&](const float* source, std::uint8_t* target) {
          WordQuad words;
          for (std::size_t j = 0; j < words.size(); ++j) {
            words[j] = Codebook::encode(Floats::load_unaligned(source + j * Floats::size) * factor);
          }
          store_bytes(words, target);
        });
  }
}

/// Upper and lower half of every byte change places.
void swap_nibbles(std::span<std::uint8_t> bytes) noexcept {
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(byte << 4 | byte >> 4);
}

/// Calls body(first weight, weights, first block, blocks) for all chunks of `count` weights.
template <class Body>
void for_each_chunk(std::size_t count, Body body) {
  for (std::size_t begin = 0; begin < count; begin += chunk_size) {
    const std::size_t length = std::min(chunk_size, count - begin);
    body(begin, length, begin / block_size, blocks_of(length));
  }
}

constexpr std::size_t codes_size(std::size_t count) noexcept {
  return (count + 1) / 2;
}

/// Codes [codes_size] of weights with these absmax [blocks].
template <class Codebook>
void pack_weights(std::span<const float> weights, std::span<const float> absmax,
                  std::span<std::uint8_t> bytes) noexcept {
  std::array<std::uint8_t, chunk_size> codes;
  for_each_chunk(
      weights.size(), [&](std::size_t begin, std::size_t length, std::size_t block, std::size_t blocks) {
        encode<Codebook>(weights.subspan(begin, length), absmax.subspan(block, blocks), codes.data());
        if (length % 2 == 1) codes[length++] = Codebook::zero;
        const auto target = bytes.subspan(begin / 2, length / 2);
        pack_codes(std::span(codes).first(length), 4, target);
        swap_nibbles(target);
      });
}

/// The inverse: value × absmax.
template <class Codebook>
void unpack_weights(std::span<const std::uint8_t> bytes, std::span<const float> absmax,
                    std::span<float> weights) noexcept {
  const FloatTable table(Codebook::values);
  for (std::size_t i = 0; i < absmax.size(); ++i) {
    const std::size_t begin = i * block_size;
    look_up_nibbles<FirstNibble::upper>(table, bytes.data() + begin / 2, absmax[i],
                                        weights.subspan(begin, std::min(block_size, weights.size() - begin)));
  }
}

/// How the absmax of blocks are stored: as they are.
struct PlainScales {
  static constexpr double bits_per_weight = 32.0 / block_size;

  static std::size_t size(std::size_t blocks) noexcept { return blocks * sizeof(float); }

  static void write(std::span<const float> absmax, std::span<std::uint8_t> bytes) noexcept {
    if (!absmax.empty()) std::memcpy(bytes.data(), absmax.data(), bytes.size());
  }
  static void read(std::span<const std::uint8_t> bytes, std::span<float> absmax) noexcept {
    if (!absmax.empty()) std::memcpy(absmax.data(), bytes.data(), bytes.size());
  }
};

/// The same, quantized once more.
struct DoubleQuantizedScales {
  static constexpr double bits_per_weight =
      8.0 / block_size + 32.0 / (block_size * double_quantization_block);

  static std::size_t seconds(std::size_t blocks) noexcept {
    return (blocks + double_quantization_block - 1) / double_quantization_block;
  }
  static std::size_t size(std::size_t blocks) noexcept {
    return blocks == 0 ? 0 : blocks + (seconds(blocks) + 1) * sizeof(float);
  }

  static void write(std::span<const float> absmax, std::span<std::uint8_t> bytes) {
    if (absmax.empty()) return;
    std::vector<float> second(seconds(absmax.size()));
    CompressedScales compressed{.codes = bytes.first(absmax.size()), .absmax = second};
    compress_scales(absmax, compressed);
    second.push_back(compressed.offset);
    std::memcpy(bytes.data() + absmax.size(), second.data(), second.size() * sizeof(float));
  }
  static void read(std::span<const std::uint8_t> bytes, std::span<float> absmax) {
    if (absmax.empty()) return;
    std::vector<float> second(seconds(absmax.size()) + 1);
    std::memcpy(second.data(), bytes.data() + absmax.size(), second.size() * sizeof(float));
    for (std::size_t i = 0; i < absmax.size(); ++i) {
      absmax[i] = decompressed_scale(bytes[i], second[i / double_quantization_block], second.back());
    }
  }
};

template <class Scales>
std::uint64_t packed_size(const Format& /*format*/, const Layout& layout) {
  return std::uint64_t{codes_size(layout.count())} + Scales::size(blocks_of(layout.count()));
}

template <class Codebook, class Scales>
void pack(const Format& /*format*/, std::span<const float> weights, const Layout& /*layout*/,
          std::span<std::uint8_t> bytes) {
  std::vector<float> absmax(blocks_of(weights.size()));
  block_maxima(weights, absmax);
  pack_weights<Codebook>(weights, absmax, bytes.first(codes_size(weights.size())));
  Scales::write(absmax, bytes.subspan(codes_size(weights.size())));
}

template <class Codebook, class Scales>
void unpack(const Format& /*format*/, std::span<const std::uint8_t> bytes, const Layout& /*layout*/,
            std::span<float> weights) {
  std::vector<float> absmax(blocks_of(weights.size()));
  Scales::read(bytes.subspan(codes_size(weights.size())), absmax);
  for (std::size_t i = 0; i < absmax.size(); ++i) {
    if (!std::isfinite(absmax[i])) {
      throw EngineError(ErrorCode::corrupt_packed,
                        "the scale of block " + std::to_string(i) + " is not finite");
    }
  }
  unpack_weights<Codebook>(bytes, absmax, weights);
}

COMPRESSION_SMALL_CODE std::size_t distinct_codes(const Format& /*format*/,
                                                  std::span<const std::uint8_t> bytes, const Layout& layout) {
  std::array<bool, 16> seen{};
  for (std::size_t i = 0; i < layout.count(); ++i) {
    seen[i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 15] = true;
  }
  return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
}

/// Of one block.
template <class Codebook>
COMPRESSION_SMALL_CODE std::vector<float> levels(const Format& /*format*/, float absmax,
                                                 ScaleType /*scales*/) {
  if (absmax == 0) return {0.0f};
  std::vector<float> values;
  for (const float value : Codebook::values) {
    if (!std::signbit(value) || value != 0) values.push_back(value * absmax);
  }
  std::sort(values.begin(), values.end());
  return values;
}

template <class Codebook>
float decode_one(std::int32_t code) noexcept {
  return Codebook::values[static_cast<std::size_t>(code)];
}

template <class Codebook>
std::int32_t encode_one(float number, Overflow /*overflow*/) noexcept {
  return Codebook::encode(ScalarBatch<float>(number)).value;
}

template <class Codebook, class Scales>
constexpr Format codebook(std::string_view id, std::string_view name, std::size_t level_count,
                          std::string_view source, std::string_view description) {
  return {
      .info = {.id = id,
               .name = name,
               .bits_per_weight = 4 + Scales::bits_per_weight,
               .block_size = block_size,
               .levels = level_count,
               .kind = FormatKind::codebook,
               .source = source,
               .description = description,
               .grouped = false},
      .code_bits = 4,
      .packed_size = packed_size<Scales>,
      .pack = pack<Codebook, Scales>,
      .unpack = unpack<Codebook, Scales>,
      .distinct_codes = distinct_codes,
      .levels = levels<Codebook>,
      .codes = {
          .sign_bits = Codebook::sign_bits, .decode = decode_one<Codebook>, .encode = encode_one<Codebook>}};
}

}  // namespace

constinit const Format nf4 =
    codebook<NormalFloat, PlainScales>("nf4", "NF4", 16, "Dettmers et al. 2023 (QLoRA), bitsandbytes",
                                       "quantiles of the normal distribution under the absmax of each 64");
constinit const Format nf4_dq = codebook<NormalFloat, DoubleQuantizedScales>(
    "nf4_dq", "NF4 double-quantized", 16, "Dettmers et al. 2023 (QLoRA), bitsandbytes",
    "NF4 whose absmax take 8 bits each: the base of QLoRA");
constinit const Format fp4 = codebook<BitsandbytesFloat, PlainScales>(
    "fp4", "FP4 of bitsandbytes", 15, "bitsandbytes",
    "a float of twelfths under the absmax of each 64; not OCP's E2M1");

}  // namespace compression
