/// The values of q4_k: sub-blocks of 32 weights with a scale and a minimum each, which are codes of six bits
/// themselves under two scales for all 256 of a super-block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/quantize/grid.h"
#include "engine/tensor/matrix.h"

namespace compression {

/// value = step × code − offset of the weight's sub-block. Parameters: the scale of scales, that of minima,
/// the eight scales, the eight minima, found by ggml's search; a group with fewer than 256 weights is filled
/// up with zeros. 0 need not be among the values.
class Q4kGrid : public Grid {
 public:
  [[nodiscard]] std::size_t parameters() const override;
  void fit(ConstMatrixView group, MatrixView parameters) const override;
  void round(std::size_t place, std::span<const float> weights, ConstMatrixView parameters,
             std::span<std::uint8_t> codes, std::span<float> values) const override;
};

}  // namespace compression
