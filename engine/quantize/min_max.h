/// KIVI's grid: the codes of a group go from its smallest number to its largest (Liu et al., "KIVI: A
/// Tuning-Free Asymmetric 2bit Quantization for KV Cache" (2024), section 3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/formats/packed.h"
#include "engine/tensor/matrix.h"

namespace compression {

struct MinMaxCodes {
  std::vector<std::uint8_t> codes;  // [rows, cols], 0 … 2^bits − 1
  Matrix minima;                    // [rows, groups of a row]
  Matrix steps;                     // [rows, groups of a row]; 0 where all numbers of a group are equal
};

/// Cuts each row of m into groups of `group` neighbours, the last of which may be short, with
/// step = (largest − smallest) / (2^bits − 1) and code = (number − smallest) / step, clamped, then rounded to
/// even; number ≈ smallest + code × step. Both parameters are stored as `scales`. Throws
/// EngineError(invalid_argument) for bits outside 1…8 or an empty group, EngineError(overflow) where a
/// parameter is beyond its type or a group is wider than 2^127.
MinMaxCodes quantize_min_max(ConstMatrixView m, int bits, std::size_t group, ScaleType scales);

/// What the codes of a matrix [rows, cols] in groups of `group` stand for.
Matrix dequantize(const MinMaxCodes& quantized, std::size_t cols, std::size_t group);

}  // namespace compression
