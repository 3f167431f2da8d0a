/// ggml's search for a scale by descent: from the codes of the largest magnitude on, each code in turn moves
/// to where it serves best, a block a lane.
#pragma once

#include <cstddef>

#include "engine/formats/ggml/nearest.h"
#include "engine/formats/ggml/symmetric_search.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/side_by_side.h"

namespace compression::ggml {

/// A block's codes and the sums whose quotient is its scale.
template <std::size_t n>
struct DescentState {
  SideBySide<n> codes;
  Floats products{0.0f};  // Σ w × code × weight
  Floats squares{0.0f};   // Σ w × code²
};

/// One sweep over the codes, in order. Has any changed?
template <std::size_t n>
inline bool sweep(const SideBySide<n>& x, Floats lowest, Floats highest, DescentState<n>& state) noexcept {
  const Floats zero(0.0f);
  bool changed = false;
  for (std::size_t i = 0; i < n; ++i) {
    const Floats w = x[i] * x[i];
    const Floats wx = w * x[i];
    const Floats old = state.codes[i];
    const Floats other_products = state.products - wx * old;
    const Floats other_squares = state.squares - w * old * old;
    const Floats code = min(max(nearest(x[i] * other_squares / other_products), lowest), highest);
    const auto moves = zero < other_products && !(code == old);
    if (!any(moves)) continue;
    const Floats products = other_products + wx * code;
    const Floats squares = other_squares + w * code * code;
    const auto better = moves && zero < squares &&
                        state.products * state.products * squares < products * products * state.squares;
    state.codes[i] = select(better, code, old);
    state.products = select(better, products, state.products);
    state.squares = select(better, squares, state.squares);
    changed = changed || any(better);
  }
  return changed;
}

/// What was found: weights ≈ scale × (code − half).
template <std::size_t n>
struct DescentFit {
  Floats scale;         // 0 for a negligible block
  SideBySide<n> codes;  // 0…2 half − 1; 0, not half, in a negligible block
};

/// Scale for codes −half…half − 1 that minimises Σ x² × error², in at most five sweeps. (make_q3_quants of
/// ggml-quants.c.)
template <std::size_t n>
inline DescentFit<n> fit_by_descent(const SideBySide<n>& x, int half) noexcept {
  const Floats zero(0.0f);
  const Floats top(static_cast<float>(half));
  const Floats lowest = zero - top;
  const Floats highest = top - Floats(1.0f);
  const Floats largest = signed_maximum(x);
  const auto empty = abs(largest) < Floats(negligible);
  const Floats inverse = lowest / select(empty, Floats(1.0f), largest);
  DescentState<n> state;
  for (std::size_t i = 0; i < n; ++i) {
    const Floats code = min(max(round_half_to_even(inverse * x[i]), lowest), highest);
    const Floats w = x[i] * x[i];
    state.codes[i] = code;
    state.products = state.products + w * x[i] * code;
    state.squares = state.squares + w * code * code;
  }
  constexpr int most_sweeps = 5;
  for (int i = 0; i < most_sweeps; ++i) {
    if (!sweep(x, lowest, highest, state)) break;
  }
  DescentFit<n> fit;
  fit.scale = select(zero < state.squares && !empty, state.products / state.squares, zero);
  for (std::size_t i = 0; i < n; ++i) fit.codes[i] = select(empty, zero, state.codes[i] + top);
  return fit;
}

}  // namespace compression::ggml
