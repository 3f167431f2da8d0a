#include "engine/quantize/codebook_grid.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "engine/error.h"
#include "engine/formats/nibble_codebook.h"

namespace compression {

void CodebookGrid::fit(ConstMatrixView group, MatrixView parameters) const {
  for (std::size_t j = 0; j < group.cols; ++j) {
    float absmax = 0;
    for (std::size_t i = 0; i < group.rows; ++i) absmax = std::max(absmax, std::abs(group(i, j)));
    if (!std::isfinite(absmax)) {
      throw EngineError(ErrorCode::overflow, "a block of weights has grown too large for a scale of " +
                                                 std::string(format_.info.id));
    }
    const bool microscaling = format_.microscale != nullptr;
    parameters(0, j) = microscaling ? format_.microscale(absmax, ScaleRule::floor).scale : absmax;
  }
}

void CodebookGrid::round(std::size_t /*place*/, std::span<const float> weights, ConstMatrixView parameters,
                         std::span<std::uint8_t> codes, std::span<float> values) const {
  // A power of two is never 0, and may be smaller than that.
  const float least_divisor = format_.microscale != nullptr ? 0 : least_absmax;
  const std::int32_t mask = (1 << format_.code_bits) - 1;
  for (std::size_t j = 0; j < weights.size(); ++j) {
    const float scale = parameters(0, j);
    const float scaled = weights[j] * (1.0f / std::max(scale, least_divisor));
    const std::int32_t code = format_.codes.encode(scaled, Overflow::saturate) & mask;
    codes[j] = static_cast<std::uint8_t>(code);
    values[j] = format_.codes.decode(code) * scale;
  }
}

}  // namespace compression
