/// ggml's search for a scale alone: codes of both signs, a block a lane.
#pragma once

#include <cstddef>

#include "engine/formats/ggml/nearest.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/side_by_side.h"

namespace compression::ggml {

/// Blocks without a larger magnitude count as zeros.
inline constexpr float negligible = 1e-15f;

/// The first number of largest magnitude in each block.
template <std::size_t n>
inline Floats signed_maximum(const SideBySide<n>& x) noexcept {
  Floats magnitude(0.0f);
  Floats largest(0.0f);
  for (std::size_t i = 0; i < n; ++i) {
    const auto larger = magnitude < abs(x[i]);
    largest = select(larger, x[i], largest);
    magnitude = max(abs(x[i]), magnitude);
  }
  return largest;
}

/// What was found: weights ≈ scale × (code − half).
struct SymmetricFit {
  Floats scale;    // 0 for a negligible block
  Floats inverse;  // the codes are those of inverse × weight; 0 for a negligible block
  Floats half;

  /// 0…2 half − 1; 0, not half, in a negligible block.
  [[nodiscard]] Floats code(Floats x) const noexcept {
    const Floats zero(0.0f);
    const Floats code = min(max(nearest(inverse * x), zero - half), half - Floats(1.0f)) + half;
    return select(inverse == zero, zero, code);
  }
};

/// Scale for codes −half…half − 1 that minimises Σ w × error²: the candidates put the largest magnitude at
/// −half, and up to 0.9 codes beside it; each gives codes, and the codes the best scale for them. x, w [n], w
/// at least 0. (make_qx_quants of ggml-quants.c.)
template <std::size_t n>
inline SymmetricFit fit_symmetric(const SideBySide<n>& x, const SideBySide<n>& w, int half) noexcept {
  const Floats zero(0.0f);
  const Floats largest = signed_maximum(x);
  const auto empty = abs(largest) < Floats(negligible);
  const Floats divisor = select(empty, Floats(1.0f), largest);
  SideBySide<n> wx;
  for (std::size_t i = 0; i < n; ++i) wx[i] = w[i] * x[i];

  const auto top = static_cast<float>(half);
  const Floats lowest(-top);
  const Floats highest(top - 1);
  Floats products;
  Floats squares;
  // No quotient exceeds half + 0.9: plain rounding will do.
  const auto try_inverse = [&](Floats inverse) {
    products = zero;
    squares = zero;
    for (std::size_t i = 0; i < n; ++i) {
      const Floats code = min(max(round_half_to_even(inverse * x[i]), lowest), highest);
      products = products + wx[i] * code;
      squares = squares + w[i] * code * code;
    }
  };
  SymmetricFit fit{zero, Floats(-top) / divisor, Floats(top)};
  try_inverse(fit.inverse);
  fit.scale = select(squares == zero, zero, products / squares);
  Floats gain = fit.scale * products;
  for (int step = -9; step <= 9; ++step) {
    if (step == 0) continue;
    const Floats inverse = Floats(-(top + 0.1f * static_cast<float>(step))) / divisor;
    try_inverse(inverse);
    const auto better = zero < squares && gain * squares < products * products;
    const Floats scale = products / squares;
    fit.scale = select(better, scale, fit.scale);
    fit.inverse = select(better, inverse, fit.inverse);
    gain = select(better, scale * products, gain);
  }
  fit.scale = select(empty, zero, fit.scale);
  fit.inverse = select(empty, zero, fit.inverse);
  return fit;
}

}  // namespace compression::ggml
