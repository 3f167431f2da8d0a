/// The naive form of ggml's blocks without searches, and of the search on IQ4's values: a block, one number
/// at a time, straight from the layout of its fields.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tests/engine/k_quant_reference.h"

namespace compression::reference {

/// What weights are multiplied by to get codes.
inline float inverse_of(float scale) {
  return scale != 0 ? 1 / scale : 0;
}

inline void append_split(Bytes& bytes, const Codes& codes, std::size_t width) {
  if (width == 5) {
    for (std::size_t i = 0; i < 32; i += 8) {
      int bits = 0;
      for (std::size_t j = 0; j < 8; ++j) bits |= (codes[i + j] >> 4) << j;
      bytes.push_back(byte(bits));
    }
  }
  for (std::size_t i = 0; i < 16; ++i) bytes.push_back(byte((codes[i] & 15) | (codes[i + 16] & 15) << 4));
}

/// q4_0 and q5_0.
inline Bytes symmetric_block(Weights x, Weights importance, float variance, std::size_t width) {
  const int middle = 1 << (width - 1);
  Bytes bytes;
  Codes codes;
  if (!importance.empty()) {
    const Fit fit = fit_symmetric(x, importance_weights(x, importance, variance), middle);
    append_half(bytes, fit.scale);
    codes = fit.codes;
  } else {
    const float scale = signed_maximum(x) / static_cast<float>(-middle);
    const float inverse = inverse_of(scale);
    append_half(bytes, scale);
    for (const float value : x) {
      const float shifted = value * inverse + (static_cast<float>(middle) + 0.5f);
      codes.push_back(std::isinf(inverse) ? 0 : std::min(2 * middle - 1, static_cast<int>(shifted)));
    }
  }
  append_split(bytes, codes, width);
  return bytes;
}

/// q4_1 and q5_1.
inline Bytes affine_block_of_32(Weights x, Weights importance, float variance, std::size_t width) {
  const int highest = (1 << width) - 1;
  Bytes bytes;
  Codes codes;
  if (!importance.empty()) {
    const AffineFit fit =
        fit_affine(x, importance_weights(x, importance, variance), highest, {-0.9f, 0.05f, 36, false});
    append_half(bytes, fit.scale);
    append_half(bytes, -fit.minimum);
    codes = fit.codes;
  } else {
    float minimum = x[0];
    float maximum = x[0];
    for (const float value : x) {
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
    }
    const float scale = (maximum - minimum) / static_cast<float>(highest);
    const float inverse = inverse_of(scale);
    append_half(bytes, scale);
    append_half(bytes, minimum);
    for (const float value : x) {
      const float shifted = (value - minimum) * inverse + 0.5f;
      codes.push_back(std::isinf(inverse) ? 0 : std::min(highest, static_cast<int>(shifted)));
    }
  }
  append_split(bytes, codes, width);
  return bytes;
}

inline Bytes q8_0(Weights x) {
  Bytes bytes;
  const float scale = std::abs(signed_maximum(x)) / 127;
  const float inverse = inverse_of(scale);
  append_half(bytes, scale);
  for (const float value : x) {
    bytes.push_back(byte(std::isinf(inverse) ? 0 : static_cast<int>(std::round(value * inverse))));
  }
  return bytes;
}

/// The first of the nearest values.
inline Bytes mxfp4_ggml(Weights x) {
  constexpr std::array<float, 16> values = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  const float largest = std::abs(signed_maximum(x));
  // A logarithm in double, rounded, does not depend on whose it is: none of a float32 is so near to a tie.
  const auto logarithm = static_cast<float>(std::log2(static_cast<double>(largest)));
  const int scale = largest > 0 ? std::max(0, static_cast<int>(std::floor(logarithm)) + 125) : 0;
  const float d = std::ldexp(1.0f, scale - 128);
  Codes codes;
  for (const float value : x) {
    int best = 0;
    for (int code = 1; code < 16; ++code) {
      if (std::abs(values[static_cast<std::size_t>(code)] * d - value) <
          std::abs(values[static_cast<std::size_t>(best)] * d - value)) {
        best = code;
      }
    }
    codes.push_back(best);
  }
  Bytes bytes = {byte(scale)};
  append_split(bytes, codes, 4);
  return bytes;
}

constexpr std::array<int, 16> iq4_values = {-127, -104, -83, -65, -49, -35, -22, -10,
                                            1,    13,   25,  38,  53,  69,  89,  113};

inline int nearest_iq4(float x) {
  if (x <= -127) return 0;
  if (x >= 113) return 15;
  std::size_t above = 1;
  while (above < 15 && !(x < static_cast<float>(iq4_values[above]))) ++above;
  const bool below_is_nearer =
      x - static_cast<float>(iq4_values[above - 1]) < static_cast<float>(iq4_values[above]) - x;
  return static_cast<int>(below_is_nearer ? above - 1 : above);
}

inline float iq4_scale(Weights x, Weights importance, float variance) {
  const float largest = signed_maximum(x);
  if (std::abs(largest) < negligible) return 0;
  std::vector<float> w(x.begin(), x.end());
  for (float& weight : w) weight *= weight;
  if (!importance.empty()) w = importance_weights(x, importance, variance);
  float scale = 0;
  float best = 0;
  const auto attempt = [&](float inverse, bool first) {
    float product = 0;
    float square = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto value =
          static_cast<float>(iq4_values[static_cast<std::size_t>(nearest_iq4(inverse * x[i]))]);
      product += w[i] * value * x[i];
      square += w[i] * value * value;
    }
    if (!first && !(square > 0 && product * product > best * square)) return;
    scale = square > 0 ? product / square : 0;
    best = scale * product;
  };
  attempt(1 / (-largest / -127), true);
  for (int step = -7; step <= 7; ++step) attempt(static_cast<float>(step - 127) / largest, false);
  return scale;
}

inline Codes iq4_codes(Weights x, float inverse) {
  Codes codes;
  for (const float value : x) codes.push_back(nearest_iq4(inverse * value));
  return codes;
}

inline Bytes iq4_nl(Weights x, Weights importance) {
  Bytes bytes;
  const float scale = iq4_scale(x, importance, 2 * mean_square(x));
  append_half(bytes, scale);
  append_split(bytes, iq4_codes(x, inverse_of(scale)), 4);
  return bytes;
}

inline Bytes iq4_xs(Weights x, Weights importance) {
  const float variance = 2 * mean_square(x);
  std::vector<float> scales;
  for (std::size_t i = 0; i < 256; i += 32) {
    scales.push_back(
        iq4_scale(x.subspan(i, 32), importance.empty() ? importance : importance.subspan(i, 32), variance));
  }
  const float d = -signed_maximum(scales) / 32;
  Codes coded;
  for (const float scale : scales) coded.push_back(std::clamp(nearest(inverse_of(d) * scale), -32, 31));
  Bytes bytes;
  append_half(bytes, d);
  int high = 0;
  for (std::size_t i = 0; i < 8; ++i) high |= ((coded[i] + 32) >> 4) << (2 * i);
  bytes.push_back(byte(high & 0xff));
  bytes.push_back(byte(high >> 8));
  for (std::size_t i = 0; i < 8; i += 2)
    bytes.push_back(byte(((coded[i] + 32) & 15) | ((coded[i + 1] + 32) & 15) << 4));
  for (std::size_t i = 0; i < 8; ++i) {
    append_split(bytes, iq4_codes(x.subspan(32 * i, 32), inverse_of(d * static_cast<float>(coded[i]))), 4);
  }
  return bytes;
}

inline Codes ternary_codes(Weights x, float scale) {
  const float inverse = inverse_of(scale);
  Codes codes;
  for (const float value : x) {
    codes.push_back(std::isinf(inverse) ? 1 : static_cast<int>(std::lround(value * inverse)) + 1);
  }
  return codes;
}

inline Bytes tq2_0(Weights x) {
  const float scale = std::abs(signed_maximum(x));
  Bytes bytes;
  append_two_bits(bytes, ternary_codes(x, scale));
  append_half(bytes, scale);
  return bytes;
}

inline Bytes tq1_0(Weights x) {
  const float scale = std::abs(signed_maximum(x));
  const Codes codes = ternary_codes(x, scale);
  Bytes bytes;
  const auto append = [&](std::size_t first, std::size_t distance, std::size_t digits) {
    for (std::size_t i = first; i < first + distance; ++i) {
      int number = 0;
      for (std::size_t digit = 0; digit < 5; ++digit) {
        number = 3 * number + (digit < digits ? codes[i + digit * distance] : 0);
      }
      bytes.push_back(byte((number * 256 + 242) / 243));
    }
  };
  append(0, 32, 5);
  append(160, 16, 5);
  append(240, 4, 4);
  append_half(bytes, scale);
  return bytes;
}

struct GgmlBlock {
  std::string id;
  std::size_t weights;
  Bytes (*quantize)(Weights x, Weights importance, float variance);
};

inline const std::vector<GgmlBlock>& ggml_blocks() {
  static const std::vector<GgmlBlock> all = {
      {"q8_0", 32, [](Weights x, Weights, float) { return q8_0(x); }},
      {"q5_1", 32, [](Weights x, Weights w, float v) { return affine_block_of_32(x, w, v, 5); }},
      {"q5_0", 32, [](Weights x, Weights w, float v) { return symmetric_block(x, w, v, 5); }},
      {"q4_1", 32, [](Weights x, Weights w, float v) { return affine_block_of_32(x, w, v, 4); }},
      {"q4_0", 32, [](Weights x, Weights w, float v) { return symmetric_block(x, w, v, 4); }},
      {"iq4_nl", 32, [](Weights x, Weights w, float) { return iq4_nl(x, w); }},
      {"iq4_xs", 256, [](Weights x, Weights w, float) { return iq4_xs(x, w); }},
      {"mxfp4_ggml", 32, [](Weights x, Weights, float) { return mxfp4_ggml(x); }},
      {"tq2_0", 256, [](Weights x, Weights, float) { return tq2_0(x); }},
      {"tq1_0", 256, [](Weights x, Weights, float) { return tq1_0(x); }},
  };
  return all;
}

/// All blocks of a matrix: rows padded with zeros of importance 0.
inline Bytes ggml_block_bytes(const GgmlBlock& format, Weights weights, std::size_t cols,
                              Weights importance) {
  const auto padded = [&](Weights values) {
    std::vector<float> row(values.begin(), values.end());
    row.resize((cols + format.weights - 1) / format.weights * format.weights);
    return row;
  };
  const std::vector<float> row_importance = importance.empty() ? std::vector<float>{} : padded(importance);
  Bytes bytes;
  for (std::size_t begin = 0; begin < weights.size(); begin += cols) {
    const std::vector<float> row = padded(weights.subspan(begin, cols));
    for (std::size_t col = 0; col < row.size(); col += format.weights) {
      const Weights part =
          importance.empty() ? Weights{} : Weights(row_importance).subspan(col, format.weights);
      const Bytes block = format.quantize(Weights(row).subspan(col, format.weights), part, mean_square(row));
      bytes.insert(bytes.end(), block.begin(), block.end());
    }
  }
  return bytes;
}

}  // namespace compression::reference
