// nvfp4  { u8 d[4]; u8 codes[32]; }    64 weights of E2M1 in groups of 16, each under an unsigned E4M3 scale:
//                                      byte j of a group holds its weights j and j + 8
// q1_0   { fp16 d; u8 signs[16]; }     128 weights of −d (bit 0) or d (bit 1), lowest bit first
// q2_0   { fp16 d; u8 codes[16]; }     64 weights of (code − 1) × d in two bits each, lowest bits first
//
// (ggml-common.h, ggml-quants.c and ggml-impl.h of ggml.)
#include "engine/formats/ggml/dequantize.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "engine/error.h"
#include "engine/formats/ggml/block_format.h"
#include "engine/formats/ggml/e2m1_block.h"

namespace compression::ggml {
namespace {

/// Half the value of an E4M3 code without sign; its NaN counts as 0.
float half_e4m3(std::uint8_t code) noexcept {
  if (code == 0x7f) return 0;
  const int exponent = (code >> 3) & 15;
  const int mantissa = code & 7;
  return exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -10)
                       : std::ldexp(static_cast<float>(8 + mantissa), exponent - 11);
}

void decode_nvfp4(const std::uint8_t* bytes, float* weights) {
  constexpr std::size_t groups = 4;
  for (std::size_t group = 0; group < groups; ++group) {
    const float d = half_e4m3(bytes[group]);
    for (std::size_t i = 0; i < 8; ++i) {
      const std::uint8_t pair = bytes[groups + group * 8 + i];
      weights[group * 16 + i] = static_cast<float>(doubled_e2m1[pair & 15]) * d;
      weights[group * 16 + i + 8] = static_cast<float>(doubled_e2m1[pair >> 4]) * d;
    }
  }
}

void decode_q1_0(const std::uint8_t* bytes, float* weights) {
  const float d = load_scale(bytes);
  for (std::size_t i = 0; i < 128; ++i) weights[i] = (bytes[2 + i / 8] >> (i % 8) & 1) != 0 ? d : -d;
}

void decode_q2_0(const std::uint8_t* bytes, float* weights) {
  const float d = load_scale(bytes);
  for (std::size_t i = 0; i < 64; ++i) {
    weights[i] = static_cast<float>((bytes[2 + i / 4] >> (2 * (i % 4)) & 3) - 1) * d;
  }
}

constexpr std::array<ReadOnlyType, 3> types = {{{"nvfp4", 40, 64, 36, decode_nvfp4},
                                                {"q1_0", 41, 128, 18, decode_q1_0},
                                                {"q2_0", 42, 64, 18, decode_q2_0}}};

}  // namespace

std::span<const ReadOnlyType> read_only_types() noexcept {
  return types;
}

void dequantize(const ReadOnlyType& type, std::span<const std::uint8_t> bytes, std::span<float> weights) {
  const std::size_t blocks = bytes.size() / type.bytes;
  if (bytes.size() % type.bytes != 0 || weights.size() % type.weights != 0 ||
      weights.size() / type.weights != blocks) {
    throw EngineError(ErrorCode::corrupt_packed,
                      std::to_string(bytes.size()) + " bytes are not " + std::to_string(weights.size()) +
                          " weights of " + std::string(type.name) + ", " + std::to_string(type.bytes) +
                          " bytes for each " + std::to_string(type.weights));
  }
  for (std::size_t i = 0; i < blocks; ++i) {
    type.decode(bytes.data() + i * type.bytes, weights.data() + i * type.weights);
  }
}

}  // namespace compression::ggml
