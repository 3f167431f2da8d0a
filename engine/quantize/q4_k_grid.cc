#include "engine/quantize/q4_k_grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/error.h"
#include "engine/formats/float16.h"
#include "engine/formats/ggml/q4_k.h"

namespace compression {
namespace {

constexpr std::size_t sub_blocks = ggml::Q4kBlock::count;

/// Rows of the parameters.
constexpr std::size_t scale_of_scales = 0;
constexpr std::size_t scale_of_minima = 1;
constexpr std::size_t scales = 2;
constexpr std::size_t minima = scales + sub_blocks;

}  // namespace

std::size_t Q4kGrid::parameters() const {
  return minima + sub_blocks;
}

void Q4kGrid::fit(ConstMatrixView group, MatrixView parameters) const {
  for (std::size_t j = 0; j < group.cols; ++j) {
    std::array<float, ggml::super_block_size> weights{};
    for (std::size_t i = 0; i < group.rows; ++i) weights[i] = group(i, j);
    const bool within =
        std::ranges::all_of(weights, [](float weight) { return std::abs(weight) <= ggml::q4_k_largest; });
    ggml::Q4kBlock block;
    if (!within || !ggml::quantize_q4_k(weights.data(), nullptr, block)) {
      throw EngineError(ErrorCode::overflow,
                        "a super-block of weights needs a scale beyond 65504, the largest fp16, in q4_k");
    }
    parameters(scale_of_scales, j) = float_from_fp16(block.scale);
    parameters(scale_of_minima, j) = float_from_fp16(block.minimum);
    for (std::size_t i = 0; i < sub_blocks; ++i) {
      parameters(scales + i, j) = block.scales[i];
      parameters(minima + i, j) = block.minima[i];
    }
  }
}

void Q4kGrid::round(std::size_t place, std::span<const float> weights, ConstMatrixView parameters,
                    std::span<std::uint8_t> codes, std::span<float> values) const {
  const std::size_t sub_block = place / ggml::q4_k_width;
  for (std::size_t j = 0; j < weights.size(); ++j) {
    const float step = parameters(scale_of_scales, j) * parameters(scales + sub_block, j);
    const float offset = parameters(scale_of_minima, j) * parameters(minima + sub_block, j);
    codes[j] = ggml::nearest_q4_k_code(weights[j], step, offset);
    values[j] = static_cast<float>(codes[j]) * step - offset;
  }
}

}  // namespace compression
