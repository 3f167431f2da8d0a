/// The largest and smallest of a block of 32 weights. Where several are equal, and where −0 meets +0, ggml
/// keeps the first, and its sign enters the bytes.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "engine/tensor/batch.h"
#include "engine/tensor/magnitude.h"

namespace compression::ggml {

/// The first weight of largest magnitude; +0 for a block of zeros, and NaN where one is NaN.
inline float first_largest(std::span<const float, 32> block) noexcept {
  const Words sign(std::numeric_limits<std::int32_t>::min());
  Words positive(0);
  Words negative(0);
  for (std::size_t i = 0; i < block.size(); i += Floats::size) {
    const Words bits = as_words(Floats::load_unaligned(block.data() + i));
    positive = max(positive, bits);
    negative = max(negative, bits ^ sign);
  }
  const std::int32_t above = reduce_max(positive);
  const std::int32_t below = reduce_max(negative);
  if (above == below) [[unlikely]] {
    // By its bits, which find a NaN as well.
    const auto first = std::find_if(block.begin(), block.end(), [&](float x) {
      return (std::bit_cast<std::int32_t>(x) & magnitude_mask) == above;
    });
    return above == 0 ? 0 : *first;
  }
  // A choice and no branch, which would be mispredicted for every other block.
  return std::bit_cast<float>(above > below ? above : below | std::numeric_limits<std::int32_t>::min());
}

/// Smallest and largest weight.
inline Extremes block_extremes(std::span<const float, 32> block) noexcept {
  Floats smallest = Floats::load_unaligned(block.data());
  Floats largest = smallest;
  for (std::size_t i = Floats::size; i < block.size(); i += Floats::size) {
    const Floats x = Floats::load_unaligned(block.data() + i);
    smallest = select(x < smallest, x, smallest);
    largest = select(largest < x, x, largest);
  }
  std::array<float, Floats::size> lowest;
  std::array<float, Floats::size> highest;
  smallest.store_unaligned(lowest.data());
  largest.store_unaligned(highest.data());
  Extremes extremes{*std::min_element(lowest.begin(), lowest.end()),
                    *std::max_element(highest.begin(), highest.end())};
  if (extremes.minimum == 0) extremes.minimum = *std::find(block.begin(), block.end(), 0.0f);
  return extremes;
}

}  // namespace compression::ggml
