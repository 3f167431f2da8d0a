/// What is done to a matrix column by column.
#pragma once

#include <span>
#include <vector>

#include "engine/tensor/matrix.h"

namespace compression {

/// m [rows, cols] with every column multiplied by its factor, or divided by its divisor, [cols].
Matrix columns_times(ConstMatrixView m, std::span<const float> factors);
Matrix columns_over(ConstMatrixView m, std::span<const float> divisors);

/// The largest magnitude of every column, [cols].
std::vector<double> column_maxima(ConstMatrixView m);

/// Adds the squares of every column to its sum, [cols], row after row.
void add_squares(ConstMatrixView m, std::span<double> sums);

}  // namespace compression
