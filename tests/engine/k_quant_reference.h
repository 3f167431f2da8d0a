/// The naive form of ggml's K-quants: a super-block of 256 weights, straight from the layout of its fields.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/formats/float16.h"
#include "tests/engine/k_quant_searches_reference.h"

namespace compression::reference {

using Weights = std::span<const float>;
using Bytes = std::vector<std::uint8_t>;
using Codes = std::vector<int>;

inline std::uint8_t byte(int value) {
  return static_cast<std::uint8_t>(value);
}

inline float half_rounded(float value) {
  return float_from_fp16(fp16_from_float(value));
}

inline void append_half(Bytes& bytes, float value) {
  const std::uint16_t code = fp16_from_float(value);
  bytes.push_back(byte(code & 0xff));
  bytes.push_back(byte(code >> 8));
}

/// Sum of squares over n.
inline float mean_square(Weights x) {
  float sum = 0;
  for (const float value : x) sum += value * value;
  return sum / static_cast<float>(x.size());
}

/// What an error in each weight costs, with the importance of its column.
inline std::vector<float> importance_weights(Weights x, Weights importance, float variance) {
  std::vector<float> w;
  for (std::size_t i = 0; i < x.size(); ++i) w.push_back(importance[i] * std::sqrt(variance + x[i] * x[i]));
  return w;
}

inline float sum(Weights w) {
  float total = 0;
  for (const float value : w) total += value;
  return total;
}

/// Two bits of each code, four codes a byte: those of a half of 128 that lie 32 apart.
inline void append_two_bits(Bytes& bytes, const Codes& codes) {
  for (std::size_t half = 0; half < 256; half += 128) {
    for (std::size_t i = half; i < half + 32; ++i) {
      bytes.push_back(byte((codes[i] & 3) | (codes[i + 32] & 3) << 2 | (codes[i + 64] & 3) << 4 |
                           (codes[i + 96] & 3) << 6));
    }
  }
}

/// Scales and minima of sub-blocks, as codes under a scale each.
struct BlockScales {
  float scale = 0, minimum = 0;
  std::vector<int> scales, minima;
};

/// Without importance: the largest takes the last code.
inline BlockScales scales_of_largest(const std::vector<float>& scales, const std::vector<float>& minima,
                                     int highest) {
  const auto coded = [&](const std::vector<float>& values, std::vector<int>& codes) {
    const float largest = std::max(0.0f, *std::max_element(values.begin(), values.end()));
    const auto top = static_cast<float>(highest);
    const float inverse = largest > 0 ? top / largest : 0;
    for (const float value : values) codes.push_back(std::min(highest, nearest(inverse * value) & 0xff));
    return largest > 0 ? largest / top : 0;
  };
  BlockScales result;
  result.scale = coded(scales, result.scales);
  result.minimum = coded(minima, result.minima);
  return result;
}

/// What q2_k, q4_k and q5_k share: sub-blocks with a scale and a minimum; codes from the scales as stored.
struct AffineBlock {
  BlockScales scales;
  Codes codes;
};

struct AffineKind {
  std::size_t width;  // weights of a sub-block
  int highest;        // code
  int highest_scale;
  AffineCandidates candidates;
  float variance;  // factor on the mean square, with importance
};

inline AffineBlock affine_block(Weights x, Weights importance, const AffineKind& kind) {
  const AffineCandidates important{-0.9f, 0.05f, 36, false};
  AffineBlock block;
  std::vector<float> scales, minima, sums;
  const float variance = kind.variance * mean_square(x);
  for (std::size_t begin = 0; begin < 256; begin += kind.width) {
    const Weights part = x.subspan(begin, kind.width);
    std::vector<float> w;
    if (!importance.empty()) {
      w = importance_weights(part, importance.subspan(begin, kind.width), variance);
    } else {
      const float typical = kind.candidates.absolute ? 0 : std::sqrt(mean_square(part));
      for (const float value : part) w.push_back(typical + std::abs(value));
    }
    const AffineFit fit = fit_affine(part, w, kind.highest, importance.empty() ? kind.candidates : important);
    scales.push_back(fit.scale);
    minima.push_back(fit.minimum);
    sums.push_back(sum(w));
    block.codes.insert(block.codes.end(), fit.codes.begin(), fit.codes.end());
  }
  if (importance.empty()) {
    block.scales = scales_of_largest(scales, minima, kind.highest_scale);
  } else {
    const Fit scale = fit_non_negative(scales, sums, kind.highest_scale);
    const Fit minimum = fit_non_negative(minima, sums, kind.highest_scale);
    block.scales = {scale.scale, minimum.scale, scale.codes, minimum.codes};
  }
  for (std::size_t i = 0; i < 256; ++i) {
    const std::size_t j = i / kind.width;
    const float step = half_rounded(block.scales.scale) * static_cast<float>(block.scales.scales[j]);
    const float offset = half_rounded(block.scales.minimum) * static_cast<float>(block.scales.minima[j]);
    if (step != 0) block.codes[i] = std::clamp(nearest((x[i] + offset) / step), 0, kind.highest);
  }
  return block;
}

inline Bytes q2_k(Weights x, Weights importance) {
  const AffineBlock block = affine_block(x, importance, {16, 3, 15, {-0.5f, 0.1f, 15, true}, 1});
  Bytes bytes;
  for (std::size_t j = 0; j < 16; ++j)
    bytes.push_back(byte(block.scales.scales[j] | block.scales.minima[j] << 4));
  append_two_bits(bytes, block.codes);
  append_half(bytes, block.scales.scale);
  append_half(bytes, block.scales.minimum);
  return bytes;
}

/// Head of q4_k and q5_k: two halves, then eight scales and eight minima of six bits in twelve bytes.
inline Bytes six_bit_head(const BlockScales& scales) {
  Bytes bytes;
  append_half(bytes, scales.scale);
  append_half(bytes, scales.minimum);
  const std::vector<int>& s = scales.scales;
  const std::vector<int>& m = scales.minima;
  for (std::size_t j = 0; j < 4; ++j) bytes.push_back(byte(s[j] | (s[j + 4] >> 4) << 6));
  for (std::size_t j = 0; j < 4; ++j) bytes.push_back(byte(m[j] | (m[j + 4] >> 4) << 6));
  for (std::size_t j = 4; j < 8; ++j) bytes.push_back(byte((s[j] & 15) | (m[j] & 15) << 4));
  return bytes;
}

inline void append_nibbles(Bytes& bytes, const Codes& codes) {
  for (std::size_t chunk = 0; chunk < 256; chunk += 64) {
    for (std::size_t i = chunk; i < chunk + 32; ++i)
      bytes.push_back(byte((codes[i] & 15) | (codes[i + 32] & 15) << 4));
  }
}

inline Bytes q4_k(Weights x, Weights importance) {
  const AffineBlock block = affine_block(x, importance, {32, 15, 63, {-1, 0.1f, 20, false}, 2});
  Bytes bytes = six_bit_head(block.scales);
  append_nibbles(bytes, block.codes);
  return bytes;
}

inline Bytes q5_k(Weights x, Weights importance) {
  const AffineBlock block = affine_block(x, importance, {32, 31, 63, {-0.5f, 0.1f, 15, false}, 2});
  Bytes bytes = six_bit_head(block.scales);
  for (std::size_t i = 0; i < 32; ++i) {
    int bits = 0;
    for (std::size_t j = 0; j < 8; ++j) bits |= (block.codes[32 * j + i] >> 4) << j;
    bytes.push_back(byte(bits));
  }
  append_nibbles(bytes, block.codes);
  return bytes;
}

/// Codes −half…half − 1 under scales of sub-blocks of 16 that are themselves codes; returned plus half.
inline void recode(Weights x, float scale, const std::vector<int>& scales, int half, Codes& codes) {
  for (std::size_t i = 0; i < 256; ++i) {
    const float step = half_rounded(scale) * static_cast<float>(scales[i / 16]);
    if (step != 0) codes[i] = std::clamp(nearest(x[i] / step), -half, half - 1) + half;
  }
}

inline Bytes q3_k(Weights x, Weights importance) {
  Codes codes;
  std::vector<float> scales, sums;
  const float variance = 2 * mean_square(x);
  for (std::size_t begin = 0; begin < 256; begin += 16) {
    const Weights part = x.subspan(begin, 16);
    std::vector<float> w;
    if (!importance.empty()) w = importance_weights(part, importance.subspan(begin, 16), variance);
    const Fit fit = importance.empty() ? fit_by_descent(part, 4) : fit_symmetric(part, w, 4);
    scales.push_back(fit.scale);
    sums.push_back(sum(w));
    codes.insert(codes.end(), fit.codes.begin(), fit.codes.end());
  }
  float scale = 0;
  std::vector<int> stored(16);
  if (!importance.empty()) {
    const Fit fit = fit_symmetric(scales, sums, 32);
    scale = fit.scale;
    stored = fit.codes;
  } else if (const float largest = signed_maximum(scales); largest != 0) {
    const float inverse = -32 / largest;
    scale = 1 / inverse;
    for (std::size_t j = 0; j < 16; ++j) {
      stored[j] = std::clamp(int{static_cast<std::int8_t>(nearest(inverse * scales[j]))}, -32, 31) + 32;
    }
  }
  std::vector<int> factors;
  for (const int code : stored) factors.push_back(code - 32);
  recode(x, scale, factors, 4, codes);

  Bytes bytes;
  for (std::size_t i = 0; i < 32; ++i) {
    int bits = 0;
    for (std::size_t j = 0; j < 8; ++j) bits |= (codes[32 * j + i] >> 2) << j;
    bytes.push_back(byte(bits));
  }
  append_two_bits(bytes, codes);
  for (std::size_t j = 0; j < 8; ++j) bytes.push_back(byte((stored[j] & 15) | (stored[j + 8] & 15) << 4));
  for (std::size_t j = 0; j < 4; ++j) {
    bytes.push_back(byte(stored[j] >> 4 | (stored[j + 4] >> 4) << 2 | (stored[j + 8] >> 4) << 4 |
                         (stored[j + 12] >> 4) << 6));
  }
  append_half(bytes, scale);
  return bytes;
}

inline Bytes q6_k(Weights x, Weights importance) {
  Codes codes;
  std::vector<float> scales;
  for (std::size_t begin = 0; begin < 256; begin += 16) {
    const Fit fit = fit_symmetric(x.subspan(begin, 16),
                                  importance.empty() ? importance : importance.subspan(begin, 16), 32);
    scales.push_back(fit.scale);
    codes.insert(codes.end(), fit.codes.begin(), fit.codes.end());
  }
  const float largest = signed_maximum(scales);
  if (std::abs(largest) < negligible) return Bytes(210);
  const float inverse = -128 / largest;
  std::vector<int> stored;
  for (const float scale : scales) {
    stored.push_back(static_cast<std::int8_t>(std::min(127, nearest(inverse * scale))));
  }
  recode(x, 1 / inverse, stored, 32, codes);

  Bytes bytes;
  for (std::size_t half = 0; half < 256; half += 128) {
    for (std::size_t i = half; i < half + 64; ++i)
      bytes.push_back(byte((codes[i] & 15) | (codes[i + 64] & 15) << 4));
  }
  for (std::size_t half = 0; half < 256; half += 128) {
    for (std::size_t i = half; i < half + 32; ++i) {
      bytes.push_back(byte(codes[i] >> 4 | (codes[i + 32] >> 4) << 2 | (codes[i + 64] >> 4) << 4 |
                           (codes[i + 96] >> 4) << 6));
    }
  }
  for (const int scale : stored) bytes.push_back(byte(scale));
  append_half(bytes, 1 / inverse);
  return bytes;
}

using Quantizer = Bytes (*)(Weights, Weights);

struct KQuant {
  std::string id;
  Quantizer quantize;  // x [256], importance [256] or empty → the super-block's bytes
};

inline const std::vector<KQuant>& k_quants() {
  static const std::vector<KQuant> all = {
      {"q2_k", q2_k}, {"q3_k", q3_k}, {"q4_k", q4_k}, {"q5_k", q5_k}, {"q6_k", q6_k}};
  return all;
}

/// Rows padded with zeros, of importance 0, to whole super-blocks.
inline Bytes k_quant_bytes(const KQuant& format, Weights weights, std::size_t cols, Weights importance) {
  Bytes bytes;
  const std::size_t padded = (cols + 255) / 256 * 256;
  std::vector<float> costs(importance.begin(), importance.end());
  if (!importance.empty()) costs.resize(padded);
  for (std::size_t begin = 0; begin < weights.size(); begin += cols) {
    std::vector<float> row(weights.begin() + static_cast<std::ptrdiff_t>(begin),
                           weights.begin() + static_cast<std::ptrdiff_t>(begin + cols));
    row.resize(padded);
    for (std::size_t i = 0; i < padded; i += 256) {
      const Bytes block = format.quantize(Weights(row).subspan(i, 256),
                                          costs.empty() ? Weights() : Weights(costs).subspan(i, 256));
      bytes.insert(bytes.end(), block.begin(), block.end());
    }
  }
  return bytes;
}

}  // namespace compression::reference
