/// The 256 patterns of magnitudes in E8P, the codebook of QuIP#.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace compression {

inline constexpr std::size_t e8p_length = 8;  // weights a code stands for

/// The magnitudes of a pattern, doubled: each 1, 3 or 5.
using E8pPattern = std::array<std::uint8_t, e8p_length>;

inline constexpr std::size_t e8p_pattern_count = 256;
inline constexpr std::size_t e8p_closed_count = 227;  // of these: all of squared norm ≤ 10, in any order

/// The patterns of squared norm 12 that bring the table to 256, doubled.
inline constexpr std::array<std::string_view, e8p_pattern_count - e8p_closed_count> e8p_norm_twelve = {
    "31113333", "13113333", "11313333", "11133333", "33313311", "33313131", "33311331", "33313113",
    "33311313", "33311133", "33133311", "33133131", "33131331", "33133113", "33131313", "33131133",
    "31333311", "31333131", "31331331", "31333113", "31331313", "13331133", "13333311", "13333131",
    "13331331", "13333113", "13331313", "11331333", "33113331"};

/// Steps to the next vector of {1, 3, 5}⁸ in lexicographic order; false after the last.
constexpr bool advance(E8pPattern& pattern) {
  for (std::size_t i = e8p_length; i-- > 0;) {
    if (pattern[i] < 5) {
      pattern[i] = static_cast<std::uint8_t>(pattern[i] + 2);
      return true;
    }
    pattern[i] = 1;
  }
  return false;
}

constexpr std::array<E8pPattern, e8p_pattern_count> make_e8p_patterns() {
  std::array<E8pPattern, e8p_pattern_count> patterns{};
  std::size_t filled = 0;
  E8pPattern pattern{};
  pattern.fill(1);
  do {
    int squared_norm = 0;  // of the doubled pattern
    for (const int magnitude : pattern) squared_norm += magnitude * magnitude;
    if (squared_norm <= 4 * 10) patterns[filled++] = pattern;
  } while (advance(pattern));
  for (const std::string_view digits : e8p_norm_twelve) {
    for (std::size_t i = 0; i < e8p_length; ++i) pattern[i] = static_cast<std::uint8_t>(digits[i] - '0');
    patterns[filled++] = pattern;
  }
  return patterns;
}

/// The 227 vectors of {1/2, 3/2, 5/2}⁸ with a squared norm of at most 10, in lexicographic order, then 29 of
/// squared norm 12.
inline constexpr std::array<E8pPattern, e8p_pattern_count> e8p_patterns = make_e8p_patterns();

}  // namespace compression
