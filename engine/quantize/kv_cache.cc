#include "engine/quantize/kv_cache.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/distill/distillation.h"
#include "engine/error.h"
#include "engine/formats/codes.h"
#include "engine/formats/registry.h"
#include "engine/number_text.h"
#include "engine/quantize/layer.h"
#include "engine/quantize/min_max.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/matrix_product.h"

namespace compression {
namespace {

constexpr double fp16_bits = 16;

void require_rows(ConstMatrixView m, const char* name, std::size_t cols) {
  if (m.rows == 0 || m.cols == 0) {
    throw EngineError(ErrorCode::invalid_argument,
                      std::string(name) + " must have at least one row and one column");
  }
  if (m.cols != cols) {
    throw EngineError(ErrorCode::invalid_argument, std::string(name) + ".cols must be keys.cols, " +
                                                       std::to_string(cols) + ", not " +
                                                       std::to_string(m.cols));
  }
  for (std::size_t i = 0; i < m.rows; ++i) require_finite({&m(i, 0), m.cols}, name, i * m.cols);
}

void require_head(const AttentionHead& head) {
  require_rows(head.keys, "keys", head.keys.cols);
  require_rows(head.values, "values", head.keys.cols);
  require_rows(head.queries, "queries", head.keys.cols);
  if (head.values.rows != head.keys.rows) {
    throw EngineError(ErrorCode::invalid_argument, "values.rows must be keys.rows, " +
                                                       std::to_string(head.keys.rows) + ", not " +
                                                       std::to_string(head.values.rows));
  }
}

/// A matrix, and what each of its numbers takes.
struct Stored {
  Matrix values;
  double bits = 0;
};

/// The factor that brings the largest number of an 8-bit float to the largest magnitude of the matrix; 1 for
/// other formats, which scale by themselves.
float tensor_scale(const Matrix& m, const CachePrecision& precision) {
  if (!std::string_view(precision.format).starts_with("fp8")) return 1;
  float largest = 0;
  for (const float value : codes(precision.format).values) {
    if (std::isfinite(value)) largest = std::max(largest, value);
  }
  const float absmax = finite_absmax(m.values(), "keys or values");
  return absmax > 0 ? absmax / largest : 1;
}

/// Rows in a format of the engine.
Stored in_format(Matrix m, const CachePrecision& precision, ScaleType scales) {
  const float scale = tensor_scale(m, precision);
  for (float& value : m.values()) value /= scale;
  PackOptions options{.format = precision.format, .rows = m.rows(), .cols = m.cols(), .scales = scales};
  if (format_info(precision.format).grouped) {
    options.group = {m.cols() > precision.group ? static_cast<std::int32_t>(precision.group) : Group::row};
  }
  const Packed packed = pack(m.values(), options);
  std::ranges::copy(unpack(packed.bytes, packed.spec), m.values().begin());
  for (float& value : m.values()) value *= scale;
  return {.values = std::move(m), .bits = packed.bits_per_weight()};
}

/// Rows on KIVI's grid.
Stored on_grid(const Matrix& m, const CachePrecision& precision, ScaleType scales) {
  const MinMaxCodes quantized = quantize_min_max(m.view(), precision.bits, precision.group, scales);
  const double parameter_bits = scales == ScaleType::fp16 ? 16 : 32;
  const auto parameters = static_cast<double>(2 * quantized.steps.values().size());
  return {.values = dequantize(quantized, m.cols(), precision.group),
          .bits = precision.bits + parameter_bits * parameters / static_cast<double>(m.values().size())};
}

/// The first `count` tokens as `precision` says, the others in fp16. Bits are those of numbers as it says;
/// where there are none, what they would be if all were.
Stored store(ConstMatrixView m, const CachePrecision& precision, std::size_t count, ScaleType scales) {
  Stored result{.values = Matrix(m.rows, m.cols)};
  const auto keep = [&](ConstMatrixView part, std::size_t first) {
    for (std::size_t i = 0; i < part.rows; ++i) {
      for (std::size_t j = 0; j < part.cols; ++j) result.values(first + i, j) = part(i, j);
    }
  };
  const ConstMatrixView old = m.block(0, 0, count > 0 ? count : m.rows, m.cols);
  Matrix rows = copy(precision.by_channel ? old.transposed() : old);
  const Stored stored = precision.format.empty() ? on_grid(rows, precision, scales)
                                                 : in_format(std::move(rows), precision, scales);
  keep(precision.by_channel ? stored.values.view().transposed() : stored.values.view(), 0);
  if (count < m.rows) {
    Matrix recent = copy(m.block(count, 0, m.rows - count, m.cols));
    fake_quantize(std::as_const(recent).values(), {.format = "fp16"}, recent.values());
    keep(std::as_const(recent).view(), count);
  }
  result.bits = stored.bits;
  return result;
}

/// Recent tokens whose keys stay in fp16: those that do not fill a window.
std::size_t recent_keys(std::size_t tokens, std::size_t window) {
  return window == 0 ? 0 : tokens % window;
}

/// The same of values: the window.
std::size_t recent_values(std::size_t tokens, std::size_t window) {
  return std::min(tokens, window);
}

/// The mean of `bits`, and of 16 for the recent ones among the tokens.
double bits_with_recent(double bits, double tokens, double recent) {
  return ((tokens - recent) * bits + recent * fp16_bits) / tokens;
}

}  // namespace

Matrix attention(const AttentionHead& head) {
  Matrix scores(head.queries.rows, head.keys.rows);
  add_product(scores.view(), head.queries, head.keys.transposed());
  const double temperature = std::sqrt(static_cast<double>(head.keys.cols));
  for (std::size_t i = 0; i < scores.rows(); ++i) {
    const std::span<float> row = scores.row(i);
    const std::vector<double> logits(row.begin(), row.end());
    std::ranges::transform(softmax(logits, temperature), row.begin(),
                           [](double share) { return static_cast<float>(share); });
  }
  Matrix outputs(head.queries.rows, head.values.cols);
  add_product(outputs.view(), scores.view(), head.values);
  return outputs;
}

double kivi_bits(double bits, double group, double tokens, double window) {
  const auto require = [](bool holds, const char* rule, double value) {
    if (!holds) throw EngineError(ErrorCode::invalid_argument, rule + number_text(value));
  };
  require(bits >= 1 && bits <= 8, "bits must be within 1 and 8, not ", bits);
  require(group >= 2, "group must be at least 2, not ", group);
  require(tokens >= 1 && std::isfinite(tokens), "tokens must be at least 1 and finite, not ", tokens);
  require(window >= 0 && window <= tokens, "window must be within 0 and tokens, not ", window);
  return bits_with_recent(bits + 2 * fp16_bits / group, tokens, window);
}

CompressedCache compress_cache(const AttentionHead& head, const CacheOptions& options) {
  require_head(head);
  for (const CachePrecision* precision : {&options.keys, &options.values}) {
    if (precision->group < 2) {
      throw EngineError(ErrorCode::invalid_argument,
                        "group must be at least 2, not " + std::to_string(precision->group));
    }
  }
  const std::size_t tokens = head.keys.rows;
  const std::size_t window = options.window;
  Stored keys = store(head.keys, options.keys, tokens - recent_keys(tokens, window), options.scales);
  Stored values = store(head.values, options.values, tokens - recent_values(tokens, window), options.scales);
  CompressedCache result;
  const Matrix exact = attention(head);
  const Matrix outputs =
      attention({.queries = head.queries, .keys = keys.values.view(), .values = values.values.view()});
  result.key_error = relative_difference(head.keys, keys.values.view());
  result.value_error = relative_difference(head.values, values.values.view());
  result.attention_error = relative_difference(exact.view(), outputs.view());
  const std::size_t context = options.context == 0 ? tokens : options.context;
  const auto mean_bits = [&](double bits, std::size_t recent) {
    return bits_with_recent(bits, static_cast<double>(context), static_cast<double>(recent));
  };
  result.key_bits = mean_bits(keys.bits, recent_keys(context, window));
  result.value_bits = mean_bits(values.bits, recent_values(context, window));
  result.keys = std::move(keys.values);
  result.values = std::move(values.values);
  return result;
}

}  // namespace compression
