// tq1_0 and tq2_0: 256 weights of −1, 0, 1 under one fp16 scale, their largest magnitude.
//
// tq2_0  { u8 codes[64]; fp16 d; }                  (code − 1) × d, code 0…2 in two bits: byte m of half h
// holds
//                                                   weights 128 h + m + 32 n at bit 2 n, n = 0…3
// tq1_0  { u8 fives[48]; u8 fours[4]; fp16 d; }     five codes a byte, digits to base 3, the first one the
// most
//                                                   significant, as the fraction of 256 that a reader takes
//                                                   digits from by multiplying
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
#include "engine/tensor/magnitude.h"

namespace compression {
namespace {

constexpr std::size_t block_weights = 256;
using Block = std::span<const float, block_weights>;
using Codes = std::array<std::uint8_t, block_weights>;

/// Where in a block the digits of one byte stand: the first weight of the field's first byte, and how far the
/// next digit is.
struct DigitField {
  std::size_t first_byte;
  std::size_t bytes;
  std::size_t first_weight;
  std::size_t digits;
};

constexpr std::array<DigitField, 3> base3_fields = {{{0, 32, 0, 5}, {32, 16, 160, 5}, {48, 4, 240, 4}}};
constexpr std::array<DigitField, 2> two_bit_fields = {{{0, 32, 0, 4}, {32, 32, 128, 4}}};

/// Calls body(byte, weight, digit) for each digit of the fields.
template <std::size_t count, class Body>
void for_each_digit(const std::array<DigitField, count>& fields, Body body) {
  for (const DigitField& field : fields) {
    for (std::size_t digit = 0; digit < field.digits; ++digit) {
      for (std::size_t i = 0; i < field.bytes; ++i) {
        body(field.first_byte + i, field.first_weight + digit * field.bytes + i, digit);
      }
    }
  }
}

struct TwoBits {
  static constexpr std::size_t size = 64;

  static void join(const Codes& codes, std::uint8_t* bytes) noexcept {
    std::fill_n(bytes, size, std::uint8_t{0});
    for_each_digit(two_bit_fields, [&](std::size_t byte, std::size_t weight, std::size_t digit) {
      bytes[byte] = static_cast<std::uint8_t>(bytes[byte] | codes[weight] << (2 * digit));
    });
  }

  static void split(const std::uint8_t* bytes, Codes& codes) noexcept {
    for_each_digit(two_bit_fields, [&](std::size_t byte, std::size_t weight, std::size_t digit) {
      codes[weight] = (bytes[byte] >> (2 * digit)) & 3;
    });
  }
};

struct BaseThree {
  static constexpr std::size_t size = 52;

  static void join(const Codes& codes, std::uint8_t* bytes) noexcept {
    std::fill_n(bytes, size, std::uint8_t{0});
    for_each_digit(base3_fields, [&](std::size_t byte, std::size_t weight, std::size_t /*digit*/) {
      bytes[byte] = static_cast<std::uint8_t>(3 * bytes[byte] + codes[weight]);
    });
    // Four digits are the upper four of five.
    for (std::size_t i = 48; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(3 * bytes[i]);
    // Rounded up, so that no digit is lost when a reader multiplies it out of the fraction.
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>((bytes[i] * 256 + 242) / 243);
  }

  static void split(const std::uint8_t* bytes, Codes& codes) noexcept {
    constexpr std::array<int, 5> powers = {1, 3, 9, 27, 81};
    for_each_digit(base3_fields, [&](std::size_t byte, std::size_t weight, std::size_t digit) {
      const auto fraction = static_cast<std::uint8_t>(bytes[byte] * powers[digit]);
      codes[weight] = static_cast<std::uint8_t>(fraction * 3 >> 8);
    });
  }
};

/// A block whose codes are stored by `Digits`.
template <class Digits>
struct Ternary {
  static constexpr std::size_t weights = block_weights;
  static constexpr std::size_t bytes = Digits::size + 2;
  static constexpr std::array<std::size_t, 1> scale_offsets = {Digits::size};
  static constexpr bool scale_shows_non_finite = false;

  static void encode(const ggml::Run& run, std::uint8_t* target) noexcept {
    Codes codes;
    for (std::size_t i = 0; i < run.blocks; ++i, target += bytes) {
      const Block block(run.weights + i * weights, weights);
      const float d = std::bit_cast<float>(largest_magnitude_bits(block));
      const float inverse = ggml::reciprocal_or_zero(d);
      // |weight × inverse| is at most 1, rounded: half a step from 0 is all that decides.
      const Floats factor(std::isinf(inverse) ? 0 : inverse);
      const Floats half(0.5f);
      const Floats minus_half(-0.5f);
      ggml::store_codes(block, codes, [&](Floats block_part) {
        const Floats x = block_part * factor;
        const Floats upper = select(x < half, Floats(1.0f), Floats(2.0f));
        return ggml::integer_words(select(minus_half < x, upper, Floats(0.0f)));
      });
      Digits::join(codes, target);
      ggml::store_scale(d, target + Digits::size);
    }
  }

  static void decode(const std::uint8_t* source, std::size_t blocks, float* target) noexcept {
    Codes split;
    for (std::size_t i = 0; i < blocks; ++i, source += bytes, target += weights) {
      Digits::split(source, split);
      const Floats d(ggml::load_scale(source + Digits::size));
      ggml::load_weights(split, std::span(target, weights),
                         [&](Words code) { return to_floats(code - Words(1)) * d; });
    }
  }

  static void codes(const std::uint8_t* block, std::uint8_t* codes) noexcept {
    Codes split;
    Digits::split(block, split);
    std::copy(split.begin(), split.end(), codes);
  }

  static std::vector<float> levels(float absmax) {
    std::array<std::uint8_t, 2> half;
    ggml::store_scale(absmax, half.data());
    const float d = ggml::load_scale(half.data());
    return {-d, 0.0f, d};
  }
};

}  // namespace

constinit const Format tq1_0 = ggml::block_format<Ternary<BaseThree>>(
    {.id = "tq1_0",
     .name = "TQ1_0",
     .code_bits = 2,
     .levels = 3,
     .description = "256 weights of -1, 0, 1, five a byte: for models trained to be ternary"});
constinit const Format tq2_0 = ggml::block_format<Ternary<TwoBits>>(
    {.id = "tq2_0",
     .name = "TQ2_0",
     .code_bits = 2,
     .levels = 3,
     .description = "256 weights of -1, 0, 1 in two bits each: larger than TQ1_0 and faster to read"});

}  // namespace compression
