// bf16 and fp16: every weight by itself. Packed: the codes in the order of the weights, lower byte first.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/formats/float16.h"
#include "engine/formats/format.h"
#include "engine/formats/fp16_unpacking.h"
#include "engine/number_text.h"
#include "engine/small_code.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/simd_loop.h"

namespace compression {
namespace {

struct Fp16 {
  static constexpr std::string_view name = "fp16";
  template <class W>
  static W encode(W float_bits) noexcept {
    return fp16_from_float_bits(float_bits);
  }
  template <class W>
  static W decode(W codes) noexcept {
    return float_bits_from_fp16(codes);
  }
  static constexpr std::size_t step = fp16_step;
  static void unpack(const Half* codes, float* numbers) noexcept { unpack_fp16(codes, numbers); }
};

struct Bf16 {
  static constexpr std::string_view name = "bf16";
  template <class W>
  static W encode(W float_bits) noexcept {
    return bf16_from_float_bits(float_bits);
  }
  template <class W>
  static W decode(W codes) noexcept {
    return float_bits_from_bf16(codes);
  }
  static constexpr std::size_t step = pair_size;
  static void unpack(const Half* codes, float* numbers) noexcept {
    const WordPair words = load_upper_halves(codes);
    as_floats(words[0]).store_unaligned(numbers);
    as_floats(words[1]).store_unaligned(numbers + Floats::size);
  }
};

using Single = ScalarBatch<std::int32_t>;

template <class Float>
std::int32_t encode_one(float value) noexcept {
  return Float::encode(as_words(ScalarBatch<float>(value))).value;
}

template <class Float>
float decode_one(std::int32_t code) noexcept {
  return as_floats(Float::decode(Single(code))).value;
}

std::uint64_t packed_size(const Format& /*format*/, const Layout& layout) {
  return std::uint64_t{2} * layout.count();
}

/// Throws unless every weight is finite and stays so; `offset` is the index of the first.
template <class Float>
void require_in_range(std::span<const float> weights, std::size_t offset) {
  const auto overflows = [](float weight) {
    return std::isinf(decode_one<Float>(encode_one<Float>(weight)));
  };
  if (!overflows(finite_absmax(weights, "weights", offset))) return;
  const auto first = std::find_if(weights.begin(), weights.end(), overflows);
  throw EngineError(ErrorCode::overflow,
                    "weights[" + std::to_string(offset + static_cast<std::size_t>(first - weights.begin())) +
                        "] is " + number_text(*first) + ", beyond the largest " + std::string(Float::name));
}

template <class Float>
void pack(const Format& /*format*/, std::span<const float> weights, const Layout& /*layout*/,
          std::span<std::uint8_t> bytes) {
  const std::span halves(reinterpret_cast<Half*>(bytes.data()), weights.size());
  // Few enough to stay in the fastest cache while they are checked and packed.
  constexpr std::size_t run = 2048;
  for (std::size_t begin = 0; begin < weights.size(); begin += run) {
    const std::size_t count = std::min(run, weights.size() - begin);
    require_in_range<Float>(weights.subspan(begin, count), begin);
    simd_transform<pair_size>(
        weights.subspan(begin, count), halves.subspan(begin, count), [](const float* source, Half* target) {
          store_halves({Float::encode(as_words(Floats::load_unaligned(source))),
                        Float::encode(as_words(Floats::load_unaligned(source + Floats::size)))},
                       target);
        });
  }
}

template <class Float>
void unpack(const Format& /*format*/, std::span<const std::uint8_t> bytes, const Layout& /*layout*/,
            std::span<float> weights) {
  const std::span halves(reinterpret_cast<const Half*>(bytes.data()), weights.size());
  simd_transform<Float::step>(halves, weights, Float::unpack);
}

COMPRESSION_SMALL_CODE std::size_t distinct_codes(const Format& /*format*/,
                                                  std::span<const std::uint8_t> bytes,
                                                  const Layout& /*layout*/) {
  std::vector<bool> seen(1 << 16);
  for (std::size_t i = 0; i < bytes.size(); i += 2)
    seen[std::size_t{bytes[i]} | std::size_t{bytes[i + 1]} << 8] = true;
  return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
}

template <class Float>
COMPRESSION_SMALL_CODE std::vector<float> levels(const Format& /*format*/, float absmax,
                                                 ScaleType /*scales*/) {
  // Codes grow with the numbers they stand for, so those up to the last one within absmax are all.
  std::int32_t last = encode_one<Float>(absmax);
  if (decode_one<Float>(last) > absmax) --last;
  std::vector<float> values;
  for (std::int32_t code = last; code > 0; --code) values.push_back(-decode_one<Float>(code));
  for (std::int32_t code = 0; code <= last; ++code) values.push_back(decode_one<Float>(code));
  return values;
}

template <class Float>
constexpr Format sixteen_bit_float(std::string_view name, std::size_t finite_levels, std::string_view source,
                                   std::string_view description) {
  return {.info = {.id = Float::name,
                   .name = name,
                   .bits_per_weight = 16,
                   .block_size = 1,
                   .levels = finite_levels,
                   .kind = FormatKind::floating_point,
                   .source = source,
                   .description = description,
                   .grouped = false},
          .code_bits = 16,
          .packed_size = packed_size,
          .pack = pack<Float>,
          .unpack = unpack<Float>,
          .distinct_codes = distinct_codes,
          .levels = levels<Float>};
}

}  // namespace

// Finite values: both signs of every finite code, 0 counted once.
constinit const Format bf16 = sixteen_bit_float<Bf16>(
    "BF16", 2 * 0x7f80 - 1, "upper half of IEEE 754 binary32",
    "8 exponent and 7 mantissa bits: float32's range; what training leaves, the reference of quality");
constinit const Format fp16 =
    sixteen_bit_float<Fp16>("FP16", 2 * 0x7c00 - 1, "IEEE 754 binary16",
                            "5 exponent and 10 mantissa bits: finer than BF16 and of shorter range");

}  // namespace compression
