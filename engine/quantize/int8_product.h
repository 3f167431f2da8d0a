/// Products of int8 matrices under scales, as INT8 hardware computes them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/tensor/matrix.h"

namespace compression {

/// Rows of codes −127…127 under scales: value = code × scale of its row.
struct Int8Rows {
  Matrix codes;               // [rows, cols], whole numbers
  std::vector<float> scales;  // [rows]
};

/// Each row with its largest magnitude at 127, or all with that of the whole where `whole`; the divisor is at
/// least 10^-5 / 127 (EQ 7.3).
Int8Rows quantize_rows(ConstMatrixView m, bool whole);

/// The values that the codes stand for.
Matrix dequantize(const Int8Rows& rows);

/// a · bᵀ [rows of a, rows of b]: codes summed exactly, then times both scales in float32.
///
/// The sums are those of int32: products of codes are at most 127², so that float32 holds sums of 1024 of
/// them without rounding, and double holds sums of those.
Matrix int8_product(const Int8Rows& a, const Int8Rows& b);

}  // namespace compression
