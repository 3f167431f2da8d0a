#include "engine/formats/double_quantization.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/tensor/fixed_order_sum.h"

namespace compression {
namespace {

/// The ends of equal intervals of 0.1 … 1, counted from the nearer side. Multiplication and addition are
/// rounded once: their exact result has fewer bits than a double.
constexpr float interval_end(int index, int intervals) noexcept {
  constexpr float first = 0.1f;
  const float step = (1.0f - first) / static_cast<float>(intervals);
  const double end = index < (intervals + 1) / 2 ? double{first} + double{step} * index
                                                 : 1.0 - double{step} * (intervals - index);
  return static_cast<float>(end);
}

constexpr std::array<float, 256> make_dynamic_map() noexcept {
  constexpr std::array powers = {1e-6f, 1e-5f, 1e-4f, 1e-3f, 1e-2f, 1e-1f, 1.0f};
  std::array<float, 256> values{0.0f, 1.0f};
  std::size_t size = 2;
  for (std::size_t i = 0; i < powers.size(); ++i) {
    const int intervals = 1 << i;
    for (int j = 0; j < intervals; ++j) {
      const float middle = (interval_end(j, intervals) + interval_end(j + 1, intervals)) / 2;
      values[size++] = middle * powers[i];
      values[size++] = -middle * powers[i];
    }
  }
  std::sort(values.begin(), values.end());
  return values;
}

constexpr std::array<float, 256> map = make_dynamic_map();

}  // namespace

const std::array<float, 256>& dynamic_map() noexcept {
  return map;
}

std::uint8_t nearest_dynamic(float value) noexcept {
  const auto above = std::lower_bound(map.begin(), map.end(), value);
  if (above == map.begin()) return 0;
  if (above == map.end()) return 255;
  const float middle = (*(above - 1) + *above) / 2;
  return static_cast<std::uint8_t>(above - map.begin() - (value > middle ? 0 : 1));
}

void compress_scales(std::span<const float> scales, CompressedScales& compressed) noexcept {
  const double sum = fixed_order_sum(scales.size(), [&](std::size_t i) { return double{scales[i]}; });
  compressed.offset = static_cast<float>(sum / static_cast<double>(scales.size()));
  for (std::size_t begin = 0; begin < scales.size(); begin += double_quantization_block) {
    const auto block = scales.subspan(begin, std::min(double_quantization_block, scales.size() - begin));
    float absmax = 0;
    for (const float scale : block) absmax = std::max(absmax, std::abs(scale - compressed.offset));
    compressed.absmax[begin / double_quantization_block] = absmax;
    for (std::size_t i = 0; i < block.size(); ++i) {
      const float relative = absmax == 0 ? 0 : (block[i] - compressed.offset) / absmax;
      compressed.codes[begin + i] = nearest_dynamic(relative);
    }
  }
}

}  // namespace compression
