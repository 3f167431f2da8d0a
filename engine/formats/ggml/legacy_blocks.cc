// q4_0, q4_1, q5_0, q5_1: 32 weights under one fp16 scale, and with _1 an fp16 minimum.
//
// q4_0  { fp16 d; u8 codes[16]; }                            (code − 8) × d      d = −(largest) / 8
// q5_0  { fp16 d; u8 fifth_bits[4]; u8 codes[16]; }          (code − 16) × d     d = −(largest) / 16
// q4_1  { fp16 d; fp16 m; u8 codes[16]; }                    code × d + m        m = minimum
// q5_1  { fp16 d; fp16 m; u8 fifth_bits[4]; u8 codes[16]; }  code × d + m
//
// Bit i of fifth_bits, read as a little-endian word, belongs to weight i. Importance makes scales and minima
// a matter of search.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "engine/formats/bit_packing.h"
#include "engine/formats/format.h"
#include "engine/formats/ggml/block_codes.h"
#include "engine/formats/ggml/block_format.h"
#include "engine/formats/ggml/legacy_scaling.h"
#include "engine/formats/ggml/nibble_block.h"
#include "engine/small_code.h"
#include "engine/tensor/side_by_side.h"

namespace compression {
namespace {

using ggml::Affine;
using ggml::Block;
using ggml::Run;
using ggml::Symmetric;

constexpr std::size_t block_weights = 32;

/// The values of `count` codes where the extremes are ±absmax.
template <class Scaling>
std::vector<float> levels_of(float absmax, int count) {
  const std::array<float, block_weights> extremes = {absmax, -absmax};
  std::array<std::uint8_t, Scaling::head> head;
  const typename Scaling::Encoder encoder(extremes, head.data());
  const typename Scaling::Decoder value(head.data());
  std::vector<float> values;
  for (int code = 0; code < count; ++code) {
    std::array<float, Floats::size> lanes;
    value(Floats(static_cast<float>(code - Scaling::middle))).store_unaligned(lanes.data());
    values.push_back(lanes[0]);
  }
  return values;
}

/// The blocks of a run with importance, as many at once as a batch has lanes.
template <class Codec, class Scaling>
COMPRESSION_SMALL_CODE void encode_fitted(const Run& run, std::uint8_t* target) noexcept {
  constexpr std::size_t lanes = Floats::size;
  for (std::size_t first = 0; first < run.blocks; first += lanes) {
    const std::size_t filled = std::min(lanes, run.blocks - first);
    std::array<float, lanes * block_weights> weights{};
    std::array<float, lanes * block_weights> importance{};
    std::copy_n(run.weights + first * block_weights, filled * block_weights, weights.data());
    std::copy_n(run.importance + first * block_weights, filled * block_weights, importance.data());
    const auto x = load_side_by_side<block_weights>(weights.data());
    auto w = load_side_by_side<block_weights>(importance.data());
    for (std::size_t i = 0; i < block_weights; ++i) w[i] = w[i] * sqrt(Floats(run.mean_square) + x[i] * x[i]);

    const typename Scaling::Fit fit(x, w);
    std::array<std::array<std::uint8_t, block_weights>, lanes> codes;
    for (std::size_t i = 0; i < block_weights; ++i) {
      std::array<float, lanes> code;
      fit.code(x[i]).store_unaligned(code.data());
      for (std::size_t lane = 0; lane < lanes; ++lane) codes[lane][i] = static_cast<std::uint8_t>(code[lane]);
    }
    for (std::size_t lane = 0; lane < filled; ++lane, target += Codec::bytes) {
      fit.store_head(lane, target);
      Codec::join(codes[lane].data(), target + Scaling::head);
    }
  }
}

/// The blocks of a run: store(block, encoder, bytes after the head) for each. The heads are one block ahead:
/// while codes are made, the processor has time for the extremes of the next block.
template <class Codec, class Scaling, class Store>
void encode_ahead(const Run& run, std::uint8_t* target, Store store) noexcept {
  using Encoder = typename Scaling::Encoder;
  const auto block = [&](std::size_t i) { return Block(run.weights + i * block_weights, block_weights); };
  Encoder next;
  for (std::size_t i = 0; i <= run.blocks; ++i) {
    const Encoder encoder = next;
    if (i < run.blocks) next = Encoder(block(i), target + i * Codec::bytes);
    if (i > 0) store(block(i - 1), encoder, target + (i - 1) * Codec::bytes + Scaling::head);
  }
}

/// A block of four-bit codes.
template <class Scaling>
struct FourBit {
  static constexpr std::size_t weights = block_weights;
  static constexpr std::size_t bytes = Scaling::head + 16;
  static constexpr auto scale_offsets = Scaling::scale_offsets;
  static constexpr bool scale_shows_non_finite = Scaling::scale_shows_non_finite;
  static constexpr Table16 table = [] {
    Table16 entries;
    for (std::size_t code = 0; code < 16; ++code) {
      entries[code] = static_cast<std::int8_t>(static_cast<int>(code) - Scaling::middle);
    }
    return entries;
  }();

  static void encode(const Run& run, std::uint8_t* target) noexcept {
    if (run.importance != nullptr) return encode_fitted<FourBit, Scaling>(run, target);
    encode_ahead<FourBit, Scaling>(run, target,
                                   [](Block block, const auto& encoder, std::uint8_t* after_head) {
                                     ggml::store_nibbles(block.data(), after_head, encoder);
                                   });
  }

  static void decode(const std::uint8_t* source, std::size_t blocks, float* target) noexcept {
    for (std::size_t i = 0; i < blocks; ++i, source += bytes, target += weights) {
      ggml::decode_nibbles(source + Scaling::head, table, target, typename Scaling::Decoder(source));
    }
  }

  static void codes(const std::uint8_t* block, std::uint8_t* codes) noexcept {
    ggml::split_nibbles_of_block(block + Scaling::head, codes);
  }

  /// codes [32] → bytes after the head.
  static void join(const std::uint8_t* codes, std::uint8_t* target) noexcept {
    ggml::join_nibbles_of_block(codes, target);
  }

  static std::vector<float> levels(float absmax) { return levels_of<Scaling>(absmax, 16); }
};

/// A block of five-bit codes: the fifth bits of all, then the others as in a block of four-bit codes.
template <class Scaling>
struct FiveBit {
  static constexpr std::size_t weights = block_weights;
  static constexpr std::size_t bytes = Scaling::head + 4 + 16;
  static constexpr auto scale_offsets = Scaling::scale_offsets;
  static constexpr bool scale_shows_non_finite = Scaling::scale_shows_non_finite;

  static void encode(const Run& run, std::uint8_t* target) noexcept {
    if (run.importance != nullptr) return encode_fitted<FiveBit, Scaling>(run, target);
    encode_ahead<FiveBit, Scaling>(run, target,
                                   [](Block block, const auto& encoder, std::uint8_t* after_head) {
                                     std::array<std::uint8_t, weights> codes;
                                     ggml::store_codes(block, codes, encoder);
                                     join(codes.data(), after_head);
                                   });
  }

  static void decode(const std::uint8_t* source, std::size_t blocks, float* target) noexcept {
    std::array<std::uint8_t, weights> split;
    for (std::size_t i = 0; i < blocks; ++i, source += bytes, target += weights) {
      codes(source, split.data());
      const typename Scaling::Decoder value(source);
      ggml::load_weights(split, std::span(target, weights),
                         [&](Words code) { return value(to_floats(code - Words(Scaling::middle))); });
    }
  }

  static void codes(const std::uint8_t* block, std::uint8_t* codes) noexcept {
    const std::uint8_t* const fifth_bits = block + Scaling::head;
    ggml::split_nibbles_of_block(fifth_bits + 4, codes);
    for (std::size_t i = 0; i < 4; ++i) {
      const std::uint64_t fifths = expand_codes(fifth_bits[i], 1) << 4;
      std::uint64_t eight;
      std::memcpy(&eight, codes + 8 * i, 8);
      eight |= fifths;
      std::memcpy(codes + 8 * i, &eight, 8);
    }
  }

  static std::vector<float> levels(float absmax) { return levels_of<Scaling>(absmax, 32); }

  /// codes [32] → bytes after the head.
  static void join(const std::uint8_t* codes, std::uint8_t* target) noexcept {
    for (std::size_t i = 0; i < 4; ++i) {
      std::uint64_t eight;
      std::memcpy(&eight, codes + 8 * i, 8);
      target[i] = static_cast<std::uint8_t>(compress_codes(eight >> 4, 1));
    }
    ggml::join_nibbles_of_block(codes, target + 4);
  }
};

}  // namespace

constinit const Format q4_0 = ggml::block_format<FourBit<Symmetric<4>>>(
    {.id = "q4_0",
     .name = "Q4_0",
     .code_bits = 4,
     .levels = 16,
     .description =
         "32 weights under the scale that takes the largest to the end of four bits; GGUF's oldest"});
constinit const Format q4_1 = ggml::block_format<FourBit<Affine<4>>>(
    {.id = "q4_1",
     .name = "Q4_1",
     .code_bits = 4,
     .levels = 16,
     .description = "32 weights between their minimum and maximum in four bits"});
constinit const Format q5_0 = ggml::block_format<FiveBit<Symmetric<5>>>(
    {.id = "q5_0", .name = "Q5_0", .code_bits = 5, .levels = 32, .description = "Q4_0 with a fifth bit"});
constinit const Format q5_1 = ggml::block_format<FiveBit<Affine<5>>>(
    {.id = "q5_1", .name = "Q5_1", .code_bits = 5, .levels = 32, .description = "Q4_1 with a fifth bit"});
}  // namespace compression
