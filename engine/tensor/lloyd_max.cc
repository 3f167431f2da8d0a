#include "engine/tensor/lloyd_max.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include "engine/tensor/dot_product.h"

namespace compression {
namespace {

constexpr std::array max_levels = {-1.510, -0.4528, 0.4528, 1.510};  // J. Max 1960, table I, N = 4
constexpr int most_rounds = 200;
constexpr double largest = std::numeric_limits<float>::max();
constexpr double settled = 1e-4;  // movement of a level, in root mean squares

using Borders = std::array<double, 3>;

/// The middles between neighbouring levels.
Borders borders_between(const FourLevels& levels) noexcept {
  Borders borders;
  for (std::size_t i = 0; i < borders.size(); ++i) {
    borders[i] = (static_cast<double>(levels[i]) + static_cast<double>(levels[i + 1])) / 2;
  }
  return borders;
}

std::size_t level_of(double value, const Borders& borders) noexcept {
  return static_cast<std::size_t>(value > borders[0]) + static_cast<std::size_t>(value > borders[1]) +
         static_cast<std::size_t>(value > borders[2]);
}

/// Each level to the mean of the values that are nearest to it.
FourLevels means(std::span<const float> values, const FourLevels& levels) noexcept {
  const Borders borders = borders_between(levels);
  std::array<double, 4> sums{};
  std::array<double, 4> counts{};
  for (const float value : values) {
    const std::size_t level = level_of(value, borders);
    sums[level] += static_cast<double>(value);
    ++counts[level];
  }
  FourLevels moved = levels;
  for (std::size_t i = 0; i < moved.size(); ++i) {
    if (counts[i] > 0) moved[i] = static_cast<float>(sums[i] / counts[i]);
  }
  return moved;
}

}  // namespace

std::size_t nearest_level(float value, const FourLevels& levels) noexcept {
  return level_of(value, borders_between(levels));
}

FourLevels lloyd_max(std::span<const float> values) {
  FourLevels levels{};
  const double squares = sum_of_squares(values);
  if (squares == 0) return levels;
  const double rms = std::sqrt(squares / static_cast<double>(values.size()));
  std::ranges::transform(max_levels, levels.begin(), [rms](double level) {
    return static_cast<float>(std::clamp(level * rms, -largest, largest));
  });
  for (int round = 0; round < most_rounds; ++round) {
    const FourLevels before = levels;
    levels = means(values, before);
    double movement = 0;
    for (std::size_t i = 0; i < levels.size(); ++i) {
      movement =
          std::max(movement, std::abs(static_cast<double>(levels[i]) - static_cast<double>(before[i])));
    }
    if (movement <= settled * rms) break;
  }
  return levels;
}

}  // namespace compression
