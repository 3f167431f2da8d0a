#include "engine/quantize/min_max.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/error.h"
#include "engine/formats/float16.h"
#include "engine/number_text.h"

namespace compression {
namespace {

float stored(float parameter, ScaleType type) {
  const float value = type == ScaleType::fp32 ? parameter : float_from_fp16(fp16_from_float(parameter));
  if (std::isfinite(value)) return value;
  throw EngineError(ErrorCode::overflow, "a group has the parameter " + number_text(parameter) +
                                             ", beyond the type in which it is stored");
}

/// Far enough below the largest float32 for codes × step to stay below it.
float range(float smallest, float largest) {
  const float difference = largest - smallest;
  if (difference < 0x1p127f) return difference;
  throw EngineError(ErrorCode::overflow, "a group from " + number_text(smallest) + " to " +
                                             number_text(largest) + " is wider than 2^127");
}

}  // namespace

MinMaxCodes quantize_min_max(ConstMatrixView m, int bits, std::size_t group, ScaleType scales) {
  if (bits < 1 || bits > 8) {
    throw EngineError(ErrorCode::invalid_argument,
                      "bits must be within 1 and 8, not " + std::to_string(bits));
  }
  if (group == 0) throw EngineError(ErrorCode::invalid_argument, "group must be at least 1, not 0");
  const std::size_t groups = (m.cols + group - 1) / group;
  const auto last = static_cast<float>((1 << bits) - 1);
  MinMaxCodes result{.codes = std::vector<std::uint8_t>(m.rows * m.cols),
                     .minima = Matrix(m.rows, groups),
                     .steps = Matrix(m.rows, groups)};
  for (std::size_t i = 0; i < m.rows; ++i) {
    for (std::size_t g = 0; g < groups; ++g) {
      const std::size_t first = g * group;
      const std::size_t end = std::min(first + group, m.cols);
      float smallest = m(i, first);
      float largest = smallest;
      for (std::size_t j = first; j < end; ++j) {
        smallest = std::min(smallest, m(i, j));
        largest = std::max(largest, m(i, j));
      }
      const float minimum = stored(smallest, scales);
      const float step = stored(range(smallest, largest) / last, scales);
      result.minima(i, g) = minimum;
      result.steps(i, g) = step;
      for (std::size_t j = first; j < end && step > 0; ++j) {
        const float code = std::clamp((m(i, j) - minimum) / step, 0.0f, last);
        result.codes[i * m.cols + j] = static_cast<std::uint8_t>(std::nearbyint(code));
      }
    }
  }
  return result;
}

Matrix dequantize(const MinMaxCodes& quantized, std::size_t cols, std::size_t group) {
  Matrix result(quantized.minima.rows(), cols);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    for (std::size_t j = 0; j < cols; ++j) {
      result(i, j) = static_cast<float>(quantized.codes[i * cols + j]) * quantized.steps(i, j / group) +
                     quantized.minima(i, j / group);
    }
  }
  return result;
}

}  // namespace compression
