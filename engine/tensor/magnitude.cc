#include "engine/tensor/magnitude.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "engine/error.h"
#include "engine/tensor/batch.h"

namespace compression {
namespace {

[[noreturn]] void throw_non_finite(std::span<const float> values, std::string_view name, std::size_t offset) {
  std::size_t i = 0;
  while (std::isfinite(values[i])) ++i;
  const char* const value = std::isnan(values[i]) ? "NaN" : (values[i] > 0 ? "Infinity" : "-Infinity");
  throw EngineError(ErrorCode::non_finite, std::string(name) + "[" + std::to_string(offset + i) + "] is " +
                                               value + "; every number must be finite");
}

/// Integers in the order of the floats that have these bits, and back. The key of −x is ~key of x.
template <class W>
W order_key(W bits) noexcept {
  return bits ^ ((bits >> 31) & W(magnitude_mask));
}

float from_order_key(std::int32_t key) noexcept {
  return as_floats(order_key(ScalarBatch<std::int32_t>(key))).value;
}

}  // namespace

float finite_absmax(std::span<const float> values, std::string_view name, std::size_t offset) {
  const std::int32_t bits = largest_magnitude_bits(values);
  if (bits >= infinity_bits) throw_non_finite(values, name, offset);
  return std::bit_cast<float>(bits);
}

void require_finite(std::span<const float> values, std::string_view name, std::size_t offset) {
  finite_absmax(values, name, offset);
}

Reach finite_reach(std::span<const float> values, std::string_view name, std::size_t offset) {
  // As integers, positive floats are in order above 0 and negative ones are below it; with the sign flipped
  // it is the other way round.
  const Words sign(std::numeric_limits<std::int32_t>::min());
  std::array<Words, 2> above = {Words(0), Words(0)};
  std::array<Words, 2> below = {Words(0), Words(0)};
  simd_for_each<2 * Floats::size>(values, [&](const float* source) {
    for (std::size_t j = 0; j < 2; ++j) {
      const Words bits = as_words(Floats::load_unaligned(source + j * Floats::size));
      above[j] = max(above[j], bits);
      below[j] = max(below[j], bits ^ sign);
    }
  });
  const std::int32_t highest = reduce_max(max(above[0], above[1]));
  const std::int32_t lowest = reduce_max(max(below[0], below[1]));
  if (std::max(highest, lowest) >= infinity_bits) throw_non_finite(values, name, offset);
  return {.below = std::bit_cast<float>(lowest), .above = std::bit_cast<float>(highest)};
}

Extremes finite_extremes(std::span<const float> values, std::string_view name) {
  constexpr std::size_t step = 4 * Floats::size;
  // Whatever pads the last step must not count: it is copies of the first value.
  const Words first(order_key(ScalarBatch<std::int32_t>(std::bit_cast<std::int32_t>(values[0]))).value);
  const Words all_ones(-1);
  std::array<Words, 4> highest;
  std::array<Words, 4> lowest;  // inverted: its maximum is the inverse of the minimum
  highest.fill(first);
  lowest.fill(first ^ all_ones);
  const auto take = [&](const float* source) {
    for (std::size_t j = 0; j < 4; ++j) {
      const Words key = order_key(as_words(Floats::load_unaligned(source + j * Floats::size)));
      highest[j] = max(highest[j], key);
      lowest[j] = max(lowest[j], key ^ all_ones);
    }
  };
  const std::size_t whole = values.size() - values.size() % step;
  for (std::size_t i = 0; i < whole; i += step) take(values.data() + i);
  if (whole < values.size()) {
    std::array<float, step> rest;
    rest.fill(values[0]);
    std::copy(values.begin() + static_cast<std::ptrdiff_t>(whole), values.end(), rest.begin());
    take(rest.data());
  }
  const auto reduce = [](const std::array<Words, 4>& w) {
    return reduce_max(max(max(w[0], w[1]), max(w[2], w[3])));
  };
  const Extremes extremes{.minimum = from_order_key(~reduce(lowest)),
                          .maximum = from_order_key(reduce(highest))};
  if (!std::isfinite(extremes.minimum) || !std::isfinite(extremes.maximum)) {
    throw_non_finite(values, name, 0);
  }
  return extremes;
}

}  // namespace compression
