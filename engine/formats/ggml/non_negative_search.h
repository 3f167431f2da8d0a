/// ggml's search for the scale of numbers of at least 0, such as the scales and the minima of sub-blocks.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/formats/ggml/nearest.h"
#include "engine/formats/ggml/symmetric_search.h"
#include "engine/small_code.h"

namespace compression::ggml {

template <std::size_t n>
struct NonNegativeFit {
  float scale = 0;  // 0 where all is negligible
  std::array<std::uint8_t, n> codes{};
};

namespace detail {

/// Σ w × error² of numbers under 1 / inverse. A code may be negative, and takes the byte it is stored in.
template <std::size_t n>
inline float squared_error(std::span<const float, n> x, std::span<const float, n> w, float inverse,
                           auto code_of) noexcept {
  const float scale = 1 / inverse;
  float error = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const float difference = x[i] - scale * static_cast<float>(code_of(nearest_integer(inverse * x[i])));
    error += w[i] * difference * difference;
  }
  return error;
}

/// One sweep of descent over the codes, in order. Has any changed?
template <std::size_t n>
inline bool sweep(std::span<const float, n> x, std::span<const float, n> w, std::int32_t highest,
                  std::array<std::uint8_t, n>& codes, float& products, float& squares) noexcept {
  bool changed = false;
  for (std::size_t i = 0; i < n; ++i) {
    const auto old = static_cast<float>(codes[i]);
    float new_products = products - w[i] * x[i] * old;
    float new_squares = squares - w[i] * old * old;
    if (!(new_products > 0 && new_squares > 0)) continue;
    const std::int32_t code = std::min(highest, nearest_integer(x[i] * new_squares / new_products));
    if (code == codes[i]) continue;
    const auto moved = static_cast<float>(code);
    new_products += w[i] * x[i] * moved;
    new_squares += w[i] * moved * moved;
    if (new_products * new_products * squares > products * products * new_squares) {
      codes[i] = static_cast<std::uint8_t>(code);
      products = new_products;
      squares = new_squares;
      changed = true;
    }
  }
  return changed;
}

}  // namespace detail

/// Scale for codes 0…highest that minimises Σ w × error². (make_qp_quants of ggml-quants.c.)
template <std::size_t n>
COMPRESSION_SMALL_CODE inline NonNegativeFit<n> fit_non_negative(std::span<const float, n> x,
                                                                 std::span<const float, n> w,
                                                                 std::int32_t highest) noexcept {
  NonNegativeFit<n> fit;
  const float largest = *std::max_element(x.begin(), x.end());
  if (!(largest >= negligible)) return fit;
  const auto clipped = [&](std::int32_t code) { return std::min(highest, code); };
  const auto top = static_cast<float>(highest);
  float inverse = top / largest;
  const auto stored = [](std::int32_t code) { return static_cast<std::uint8_t>(code); };
  float least = detail::squared_error(x, w, inverse, stored);
  for (int step = -4; step <= 4; ++step) {
    if (step == 0) continue;
    const float tried = (0.1f * static_cast<float>(step) + top) / largest;
    const float error = detail::squared_error(x, w, tried, clipped);
    if (error < least) {
      least = error;
      inverse = tried;
    }
  }
  float products = 0;
  float squares = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t integer = clipped(nearest_integer(inverse * x[i]));
    const auto code = static_cast<float>(integer);
    fit.codes[i] = static_cast<std::uint8_t>(integer);
    products += w[i] * x[i] * code;
    squares += w[i] * code * code;
  }
  constexpr int most_sweeps = 5;
  for (int i = 0; i < most_sweeps; ++i) {
    if (!detail::sweep(x, w, highest, fit.codes, products, squares)) break;
  }
  fit.scale = squares > 0 ? products / squares : 0;
  return fit;
}

}  // namespace compression::ggml
