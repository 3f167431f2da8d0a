// fp8, fp6, fp4 and e8m0: every weight by itself, without a scale. Packed: the codes in the order of the
// weights as one bit stream (bit_packing.h): 8, 6 or 4 bits a weight, padded to a whole byte at the end.
#include "engine/formats/small_float.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "engine/formats/code_stream.h"
#include "engine/formats/e8m0.h"
#include "engine/formats/format.h"
#include "engine/small_code.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/simd_loop.h"

namespace compression {
namespace {

template <SmallFloat fields>
struct Signed {
  static constexpr int exponent_bits = fields.exponent_bits;
  static constexpr int mantissa_bits = fields.mantissa_bits;
  static constexpr int bits = fields.bits();
  static constexpr std::int32_t largest = fields.largest;
  static constexpr bool has_sign = true;
  template <class W>
  static W encode(W float_bits, Overflow overflow) noexcept {
    return small_float_from_float_bits<fields>(float_bits, overflow);
  }
  template <class W>
  static W decode(W codes) noexcept {
    return float_bits_from_small_float<fields>(codes);
  }
};

struct PowerOfTwo {
  static constexpr int exponent_bits = 8;
  static constexpr int mantissa_bits = 0;
  static constexpr int bits = 8;
  static constexpr std::int32_t largest = e8m0_largest;
  static constexpr bool has_sign = false;
  template <class W>
  static W encode(W float_bits, Overflow overflow) noexcept {
    return (e8m0_from_float_bits(float_bits, overflow) << 24) >> 24;  // sign-extended, as bytes are stored
  }
  template <class W>
  static W decode(W codes) noexcept {
    return float_bits_from_e8m0(codes);
  }
};

template <class Float>
float decode_one(std::int32_t code) noexcept {
  return as_floats(Float::decode(ScalarBatch<std::int32_t>(code))).value;
}

template <class Float>
std::int32_t encode_one(float number, Overflow overflow) noexcept {
  return Float::encode(as_words(ScalarBatch<float>(number)), overflow).value;
}

std::uint64_t packed_size(const Format& format, const Layout& layout) {
  return bit_stream_size(layout.count(), format.code_bits);
}

template <class Float>
void encode(std::span<const float> weights, Overflow overflow, std::span<std::uint8_t> codes) noexcept {
  simd_transform<quad_size>(weights, codes, [=](const float* source, std::uint8_t* target) {
    WordQuad words;
    for (std::size_t i = 0; i < words.size(); ++i) {
      words[i] = Float::encode(as_words(Floats::load_unaligned(source + i * Floats::size)), overflow);
    }
    store_bytes(words, target);
  });
}

template <class Float>
void decode(std::span<const std::uint8_t> codes, std::span<float> weights) noexcept {
  simd_transform<quad_size>(codes, weights, [](const std::uint8_t* source, float* target) {
    const WordQuad words = load_bytes(source);
    for (std::size_t i = 0; i < words.size(); ++i) {
      as_floats(Float::decode(words[i])).store_unaligned(target + i * Floats::size);
    }
  });
}

template <class Float>
void pack(const Format& /*format*/, std::span<const float> weights, const Layout& layout,
          std::span<std::uint8_t> bytes) {
  CodeWriter writer(bytes, Float::bits);
  for (std::size_t begin = 0; begin < weights.size();) {
    const std::span<std::uint8_t> codes = writer.room(weights.size() - begin);
    const std::span<const float> piece = weights.subspan(begin, codes.size());
    require_finite(piece, "weights", begin);
    encode<Float>(piece, layout.overflow, codes);
    writer.advance(codes.size());
    begin += codes.size();
  }
  writer.flush();
}

template <class Float>
void unpack(const Format& /*format*/, std::span<const std::uint8_t> bytes, const Layout& layout,
            std::span<float> weights) {
  CodeReader reader(bytes, layout.count(), Float::bits);
  while (!weights.empty()) {
    const auto codes = reader.next(weights.size());
    decode<Float>(codes, weights.first(codes.size()));
    weights = weights.subspan(codes.size());
  }
}

COMPRESSION_SMALL_CODE std::size_t distinct_codes(const Format& format, std::span<const std::uint8_t> bytes,
                                                  const Layout& layout) {
  return distinct_in_stream(bytes, layout.count(), format.code_bits);
}

template <class Float>
COMPRESSION_SMALL_CODE std::vector<float> levels(const Format& /*format*/, float absmax,
                                                 ScaleType /*scales*/) {
  std::vector<float> values;
  for (std::int32_t code = 0; code <= Float::largest && decode_one<Float>(code) <= absmax; ++code) {
    values.push_back(decode_one<Float>(code));
  }
  if (Float::has_sign) {
    std::vector<float> negative(values.rbegin(), values.rend() - 1);  // 0 counts once
    for (float& value : negative) value = -value;
    values.insert(values.begin(), negative.begin(), negative.end());
  }
  return values;
}

template <class Float>
constexpr Format small_float(std::string_view id, std::string_view name, std::string_view source,
                             std::string_view description) {
  return {.info = {.id = id,
                   .name = name,
                   .bits_per_weight = Float::bits,
                   .block_size = 1,
                   .levels = std::size_t{Float::largest} * (Float::has_sign ? 2 : 1) + 1,
                   .kind = FormatKind::floating_point,
                   .source = source,
                   .description = description,
                   .grouped = false},
          .code_bits = Float::bits,
          .packed_size = packed_size,
          .pack = pack<Float>,
          .unpack = unpack<Float>,
          .distinct_codes = distinct_codes,
          .levels = levels<Float>,
          .codes = {.sign_bits = Float::has_sign ? 1 : 0,
                    .exponent_bits = Float::exponent_bits,
                    .mantissa_bits = Float::mantissa_bits,
                    .decode = decode_one<Float>,
                    .encode = encode_one<Float>}};
}

}  // namespace

constinit const Format fp8_e4m3 = small_float<Signed<fp8_e4m3_fields>>(
    "fp8_e4m3", "FP8 E4M3", "OCP OFP8 v1.0",
    "4 exponent and 3 mantissa bits, up to 448, no infinity: what tensor cores multiply");
constinit const Format fp8_e5m2 = small_float<Signed<fp8_e5m2_fields>>(
    "fp8_e5m2", "FP8 E5M2", "OCP OFP8 v1.0",
    "5 exponent and 2 mantissa bits, up to 57344: FP16 cut short, for gradients");
constinit const Format fp6_e2m3 = small_float<Signed<fp6_e2m3_fields>>(
    "fp6_e2m3", "FP6 E2M3", "OCP MX v1.0, 5.3.2",
    "2 exponent and 3 mantissa bits, up to 7.5: wants a scale beside it");
constinit const Format fp6_e3m2 =
    small_float<Signed<fp6_e3m2_fields>>("fp6_e3m2", "FP6 E3M2", "OCP MX v1.0, 5.3.2",
                                         "3 exponent and 2 mantissa bits, up to 28: wants a scale beside it");
constinit const Format fp4_e2m1 = small_float<Signed<fp4_e2m1_fields>>(
    "fp4_e2m1", "FP4 E2M1", "OCP MX v1.0, 5.3.3",
    "0, ½, 1, 1½, 2, 3, 4, 6 and their negatives: wants a scale beside it");
constinit const Format e8m0 = small_float<PowerOfTwo>(
    "e8m0", "E8M0", "OCP MX v1.0, 5.4.1",
    "powers of two, for scales: no sign and no zero, so that only magnitudes are kept, from 2^-127 on");

}  // namespace compression
