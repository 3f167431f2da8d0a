/// Additive codebooks: a group of weights is the sum of one vector out of each of several tables.
///
/// Source: V. Egiazarian et al., "Extreme Compression of Large Language Models via Additive Quantization"
/// (2024; AQLM), section 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace compression {

struct AdditiveCodebooks {
  std::size_t count = 0;      // codebooks
  std::size_t entries = 0;    // vectors in each, at most 65,536
  std::size_t length = 0;     // weights in a group
  std::vector<float> values;  // [count, entries, length]

  [[nodiscard]] std::span<const float> codebook(std::size_t m) const noexcept {
    return std::span(values).subspan(m * entries * length, entries * length);
  }
  [[nodiscard]] std::span<const float> entry(std::size_t m, std::size_t code) const noexcept {
    return codebook(m).subspan(code * length, length);
  }

  /// sum [length] ← the vectors that `codes` [count] name, added from the first codebook to the last.
  void add_up(std::span<const std::uint16_t> codes, std::span<float> sum) const noexcept {
    for (std::size_t i = 0; i < length; ++i) {
      float total = entry(0, codes[0])[i];
      for (std::size_t m = 1; m < count; ++m) total += entry(m, codes[m])[i];
      sum[i] = total;
    }
  }
};

}  // namespace compression
