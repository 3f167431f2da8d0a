/// LLM.int8(): Dettmers et al., "LLM.int8(): 8-bit Matrix Multiplication for Transformers at Scale" (2022),
/// section 3: columns with outliers stay in 16 bits, all others are multiplied in int8.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/quantize/layer.h"
#include "engine/tensor/matrix.h"

namespace compression {

struct LlmInt8Product {
  Matrix output{};                              // [tokens, out]
  std::vector<std::uint32_t> outlier_inputs{};  // ascending
};

/// x [tokens, in] times weightsᵀ [in, out]. An input is an outlier where any token has a magnitude of at
/// least `threshold`; 0: none is. Weights are int8 by output, those of outliers dequantized from it as in the
/// library that stores int8 alone; activations int8 by token, each scale over the entries below the
/// threshold. Throws EngineError(invalid_argument) for a threshold below 0 or not finite.
LlmInt8Product llm_int8_product(ConstMatrixView weights, ConstMatrixView x, double threshold = 6);

}  // namespace compression
