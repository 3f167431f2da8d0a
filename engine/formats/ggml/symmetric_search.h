/// ggml's search for a scale alone: codes of both signs, a block a lane.
#pragma once

#include <array>
#include <cstddef>

#include "engine/formats/ggml/nearest.h"
#include "engine/small_code.h"
#include "engine/tensor/batch.h"

namespace compression::ggml {

/// Blocks without a larger magnitude count as zeros.
inline constexpr float negligible = 1e-15f;

/// The first number of largest magnitude in each block; NaN is never larger.
template <class F, std::size_t n>
inline F signed_maximum(const std::array<F, n>& x) noexcept {
  F magnitude(0.0f);
  F largest(0.0f);
  for (std::size_t i = 0; i < n; ++i) {
    const auto larger = magnitude < abs(x[i]);
    largest = select(larger, x[i], largest);
    magnitude = select(larger, abs(x[i]), magnitude);
  }
  return largest;
}

/// What was found: weights ≈ scale × (code − half).
template <class F>
struct SymmetricFit {
  F scale;    // 0 for a negligible block
  F inverse;  // the codes are those of inverse × weight; 0 for a negligible block
  F half;

  /// 0…2 half − 1; 0, not half, in a negligible block.
  [[nodiscard]] F code(F x) const noexcept {
    const F zero(0.0f);
    const F code = min(max(nearest(inverse * x), zero - half), half - F(1.0f)) + half;
    return select(inverse == zero, zero, code);
  }
};

/// Σ w × code × weight, and Σ w × code².
template <class F>
struct FitSums {
  F products{0.0f};
  F squares{0.0f};
};

/// Scale for codes −half…half − 1 that minimises Σ w × error²: the candidates put the largest magnitude at
/// −half, and up to 0.9 codes beside it; each gives codes, and the codes the best scale for them. x, w [n], w
/// at least 0; a block a lane of F. (make_qx_quants of ggml-quants.c.)
template <class F, std::size_t n>
COMPRESSION_SMALL_CODE inline SymmetricFit<F> fit_symmetric(const std::array<F, n>& x,
                                                            const std::array<F, n>& w, int half) noexcept {
  const F zero(0.0f);
  const F largest = signed_maximum(x);
  const auto empty = abs(largest) < F(negligible);
  const F divisor = select(empty, F(1.0f), largest);
  std::array<F, n> wx;
  for (std::size_t i = 0; i < n; ++i) wx[i] = w[i] * x[i];

  const auto top = static_cast<float>(half);
  const F lowest(-top);
  const F highest(top - 1);
  // No quotient exceeds half + 0.9: plain rounding will do.
  const auto sums_at = [&](F inverse) {
    FitSums<F> sums;
    for (std::size_t i = 0; i < n; ++i) {
      const F code = min(max(round_half_to_even(inverse * x[i]), lowest), highest);
      sums.products = sums.products + wx[i] * code;
      sums.squares = sums.squares + w[i] * code * code;
    }
    return sums;
  };
  SymmetricFit<F> fit{zero, F(-top) / divisor, F(top)};
  const FitSums<F> first = sums_at(fit.inverse);
  fit.scale = select(first.squares == zero, zero, first.products / first.squares);
  F gain = fit.scale * first.products;
  for (int step = -9; step <= 9; ++step) {
    if (step == 0) continue;
    const F inverse = F(-(top + 0.1f * static_cast<float>(step))) / divisor;
    const FitSums<F> sums = sums_at(inverse);
    const auto better = zero < sums.squares && gain * sums.squares < sums.products * sums.products;
    const F scale = sums.products / sums.squares;
    fit.scale = select(better, scale, fit.scale);
    fit.inverse = select(better, inverse, fit.inverse);
    gain = select(better, scale * sums.products, gain);
  }
  fit.scale = select(empty, zero, fit.scale);
  fit.inverse = select(empty, zero, fit.inverse);
  return fit;
}

}  // namespace compression::ggml
