/// The sixteen uneven values of ggml's IQ4 formats, and the search for a scale on them, a block a lane.
#pragma once

#include <cstddef>

#include "engine/formats/ggml/rounding.h"
#include "engine/formats/ggml/symmetric_search.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/lookup16.h"
#include "engine/tensor/side_by_side.h"

namespace compression::ggml {

inline constexpr Table16 iq4_values = {-127, -104, -83, -65, -49, -35, -22, -10,
                                       1,    13,   25,  38,  53,  69,  89,  113};

/// Calls body(midpoint, value below it, value above it) for each pair of neighbours.
template <class Body>
inline void for_each_iq4_midpoint(Body body) noexcept {
  for (std::size_t i = 0; i + 1 < iq4_values.size(); ++i) {
    const auto below = static_cast<float>(iq4_values[i]);
    const auto above = static_cast<float>(iq4_values[i + 1]);
    body((below + above) / 2, below, above);
  }
}

/// The value nearest to x; of two equally near ones the larger.
inline Floats nearest_iq4_value(Floats x) noexcept {
  Floats value(static_cast<float>(iq4_values.back()));
  for_each_iq4_midpoint([&](float midpoint, float below, float above) {
    value = value - select(x < Floats(midpoint), Floats(above - below), Floats(0.0f));
  });
  return value;
}

/// Its code 0…15.
inline Words nearest_iq4_code(Floats x) noexcept {
  Floats code(15.0f);
  for_each_iq4_midpoint([&](float midpoint, float /*below*/, float /*above*/) {
    code = code - select(x < Floats(midpoint), Floats(1.0f), Floats(0.0f));
  });
  return integer_words(code);
}

/// Weighted sums over each block under one inverse scale.
struct Iq4Sums {
  Floats products{0.0f};  // Σ w × value × weight
  Floats squares{0.0f};   // Σ w × value²
};

inline Iq4Sums iq4_sums(const SideBySide<32>& x, const SideBySide<32>& w, Floats inverse) noexcept {
  Iq4Sums sums;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Floats value = nearest_iq4_value(inverse * x[i]);
    const Floats weighted = w[i] * value;
    sums.products = sums.products + weighted * x[i];
    sums.squares = sums.squares + weighted * value;
  }
  return sums;
}

/// Scale that minimises Σ w × error²: the candidates put the largest magnitude at 127, and up to 7 beside
/// −127; each gives values, and the values the best scale for them. 0 for a negligible block. w at least 0;
/// NaN where all are 0. (quantize_row_iq4_nl_impl of ggml-quants.c.)
inline Floats fit_iq4(const SideBySide<32>& x, const SideBySide<32>& w) noexcept {
  const Floats zero(0.0f);
  const Floats largest = signed_maximum(x);
  const auto empty = abs(largest) < Floats(negligible);
  const Floats divisor = select(empty, Floats(1.0f), largest);
  constexpr auto lowest = static_cast<float>(iq4_values.front());

  Iq4Sums sums = iq4_sums(x, w, Floats(1.0f) / (divisor / Floats(-lowest)));
  Floats scale = select(zero < sums.squares, sums.products / sums.squares, zero);
  Floats gain = scale * sums.products;
  constexpr int candidates = 7;
  for (int step = -candidates; step <= candidates; ++step) {
    sums = iq4_sums(x, w, Floats(static_cast<float>(step) + lowest) / divisor);
    const auto better = zero < sums.squares && gain * sums.squares < sums.products * sums.products;
    const Floats found = sums.products / sums.squares;
    scale = select(better, found, scale);
    gain = select(better, found * sums.products, gain);
  }
  return select(empty, zero, scale);
}

}  // namespace compression::ggml
