/// ggml's search for a scale and a minimum: many candidates a block, a block a lane.
#pragma once

#include <cstddef>

#include "engine/formats/ggml/nearest.h"
#include "engine/small_code.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/side_by_side.h"

namespace compression::ggml {

/// Errors that the search sums: squares, or magnitudes.
enum class ErrorKind { squared, absolute };

/// The candidates of a search: highest + first + step × (0…last) steps between minimum and maximum.
struct AffineCandidates {
  float first;
  float step;
  int last;
};

/// Where importance weights are given, all formats try these.
inline constexpr AffineCandidates important_candidates{-0.9f, 0.05f, 36};

/// Codes 0…highest of numbers from `offset` on, `inverse` steps to 1.
struct AffineGrid {
  Floats inverse;
  Floats offset;
  Floats highest;

  /// For any x.
  [[nodiscard]] Floats code(Floats x) const noexcept { return clamp(nearest(inverse * (x - offset))); }

  /// The same for x between two numbers that `rounds` has found good.
  [[nodiscard]] Floats code_within(Floats x) const noexcept {
    return clamp(round_half_to_even(inverse * (x - offset)));
  }

  /// Is all between these two within the range where nearest is rounding?
  [[nodiscard]] bool rounds(Floats minimum, Floats maximum) const noexcept {
    const Floats limit(largest_rounded);
    const auto good = abs(inverse * (minimum - offset)) < limit && abs(inverse * (maximum - offset)) < limit;
    return !any(!good);
  }

 private:
  [[nodiscard]] Floats clamp(Floats code) const noexcept { return min(max(code, Floats(0)), highest); }
};

/// What was found: weights ≈ scale × code − minimum.
struct AffineFit {
  Floats scale;
  Floats minimum;   // what is taken away: at least 0, and −0 where ggml has it
  AffineGrid grid;  // its codes are the search's own, before scale and minimum are rounded
};

/// Weighted sums over the codes of each block.
struct CodeSums {
  Floats codes{0.0f};
  Floats squares{0.0f};
  Floats products{0.0f};  // code × weight
};

/// Codes of each weight, and their sums under w.
template <std::size_t n>
inline CodeSums encode(const SideBySide<n>& x, const SideBySide<n>& w, const AffineGrid& grid, bool rounds,
                       SideBySide<n>& codes) noexcept {
  CodeSums sums;
  const auto add = [&](std::size_t i, Floats code) {
    const Floats weighted = w[i] * code;
    sums.codes = sums.codes + weighted;
    sums.squares = sums.squares + weighted * code;
    sums.products = sums.products + weighted * x[i];
    codes[i] = code;
  };
  if (rounds) [[likely]] {
    for (std::size_t i = 0; i < n; ++i) add(i, grid.code_within(x[i]));
  } else {
    for (std::size_t i = 0; i < n; ++i) add(i, grid.code(x[i]));
  }
  return sums;
}

/// Σ w × error of scale × code + offset.
template <ErrorKind kind, std::size_t n>
inline Floats error_of(const SideBySide<n>& x, const SideBySide<n>& w, const SideBySide<n>& codes,
                       Floats scale, Floats offset) noexcept {
  Floats error(0.0f);
  for (std::size_t i = 0; i < n; ++i) {
    const Floats difference = scale * codes[i] + offset - x[i];
    if constexpr (kind == ErrorKind::squared) {
      error = error + w[i] * (difference * difference);
    } else {
      error = error + w[i] * abs(difference);
    }
  }
  return error;
}

/// Scale and minimum for codes 0…highest that minimise Σ w × error. Each candidate gives codes, and the codes
/// the best scale and offset for them by least squares; an offset above 0 becomes 0. A better candidate moves
/// the minimum from which later ones start. x, w [n], w at least 0. (make_qkx2_quants and make_qkx3_quants of
/// ggml-quants.c, which differ in their candidates.)
template <ErrorKind kind, std::size_t n>
COMPRESSION_SMALL_CODE inline AffineFit fit_affine(const SideBySide<n>& x, const SideBySide<n>& w,
                                                   int highest, const AffineCandidates& candidates) noexcept {
  const Floats zero(0.0f);
  Floats minimum = x[0];
  Floats maximum = x[0];
  Floats sum_w = w[0];
  Floats sum_x = w[0] * x[0];
  for (std::size_t i = 1; i < n; ++i) {
    minimum = select(x[i] < minimum, x[i], minimum);  // of two zeros the first
    maximum = max(maximum, x[i]);
    sum_w = sum_w + w[i];
    sum_x = sum_x + w[i] * x[i];
  }
  Floats offset = select(zero < minimum, zero, minimum);
  const Floats flat_minimum = -offset;
  const auto flat = !(offset < maximum);
  const auto top = static_cast<float>(highest);
  // A flat block takes part as if its width were 1; what it finds is dropped.
  const auto grid_of = [&](float steps) {
    return AffineGrid{Floats(steps) / select(flat, Floats(1.0f), maximum - offset), offset, Floats(top)};
  };

  SideBySide<n> codes;
  AffineGrid best = grid_of(top);
  Floats scale = Floats(1.0f) / best.inverse;
  encode(x, w, best, best.rounds(minimum, maximum), codes);
  Floats least = error_of<kind>(x, w, codes, scale, offset);
  for (int step = 0; step <= candidates.last; ++step) {
    const AffineGrid grid = grid_of(candidates.first + candidates.step * static_cast<float>(step) + top);
    const CodeSums sums = encode(x, w, grid, grid.rounds(minimum, maximum), codes);
    const Floats determinant = sum_w * sums.squares - sums.codes * sums.codes;
    const Floats free_offset = (sums.squares * sum_x - sums.codes * sums.products) / determinant;
    const auto positive = zero < free_offset;
    const Floats fitted_offset = select(positive, zero, free_offset);
    const Floats fitted_scale = select(positive, sums.products / sums.squares,
                                       (sum_w * sums.products - sum_x * sums.codes) / determinant);
    const Floats error = error_of<kind>(x, w, codes, fitted_scale, fitted_offset);
    const auto better = zero < determinant && error < least;
    if (!any(better)) continue;
    least = select(better, error, least);
    scale = select(better, fitted_scale, scale);
    offset = select(better, fitted_offset, offset);
    best.inverse = select(better, grid.inverse, best.inverse);
    best.offset = select(better, grid.offset, best.offset);
  }
  best.inverse = select(flat, zero, best.inverse);
  return {select(flat, zero, scale), select(flat, flat_minimum, -offset), best};
}

}  // namespace compression::ggml
