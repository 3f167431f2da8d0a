/// The values of a format whose codes stand under one scale a block: nf4 and fp4 of bitsandbytes, and OCP's
/// microscaling formats with a power of two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/formats/format.h"
#include "engine/quantize/grid.h"
#include "engine/tensor/matrix.h"

namespace compression {

/// value = scale × what the code stands for. One parameter: the block's absmax, or of a microscaling format
/// the power of two that it gives to that. Rounds as the format does, ties included.
class CodebookGrid : public Grid {
 public:
  /// A format whose codes are values.
  explicit CodebookGrid(const Format& format) : format_(format) {}

  [[nodiscard]] std::size_t parameters() const override { return 1; }
  void fit(ConstMatrixView group, MatrixView parameters) const override;
  void round(std::size_t place, std::span<const float> weights, ConstMatrixView parameters,
             std::span<std::uint8_t> codes, std::span<float> values) const override;

 private:
  const Format& format_;
};

}  // namespace compression
