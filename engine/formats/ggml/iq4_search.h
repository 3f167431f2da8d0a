/// The sixteen uneven values of ggml's IQ4 formats, and the search for a scale on them, a block a lane.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "engine/formats/ggml/rounding.h"
#include "engine/formats/ggml/symmetric_search.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/lookup16.h"
#include "engine/tensor/side_by_side.h"

namespace compression::ggml {

inline constexpr Table16 iq4_values = {-127, -104, -83, -65, -49, -35, -22, -10,
                                       1,    13,   25,  38,  53,  69,  89,  113};

/// Σ step(i) over the midpoints of neighbouring values i and i + 1 that x is below. Written out at compile
/// time: as a loop it would fetch and convert the values anew for each x.
template <class Step>
inline Floats sum_below_midpoints(Floats x, Step step) noexcept {
  const auto term = [&]<std::size_t i>(std::integral_constant<std::size_t, i>) {
    constexpr float midpoint = (iq4_values[i] + iq4_values[i + 1]) / 2.0f;
    return select(x < Floats(midpoint), Floats(step(i)), Floats(0.0f));
  };
  // Three sums at a time, exact in any order.
  const auto sum = [&]<std::size_t... i>(std::index_sequence<i...>, auto first) {
    return (... + term(std::integral_constant<std::size_t, decltype(first)::value + i>()));
  };
  constexpr std::make_index_sequence<5> five;
  return (sum(five, std::integral_constant<std::size_t, 0>()) +
          sum(five, std::integral_constant<std::size_t, 5>())) +
         sum(five, std::integral_constant<std::size_t, 10>());
}

/// The value nearest to x; of two equally near ones the larger.
inline Floats nearest_iq4_value(Floats x) noexcept {
  return Floats(static_cast<float>(iq4_values.back())) - sum_below_midpoints(x, [](std::size_t i) {
           return static_cast<float>(iq4_values[i + 1] - iq4_values[i]);
         });
}

/// Its code 0…15.
inline Words nearest_iq4_code(Floats x) noexcept {
  return integer_words(Floats(15.0f) - sum_below_midpoints(x, [](std::size_t) { return 1.0f; }));
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
