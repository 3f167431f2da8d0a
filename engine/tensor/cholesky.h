/// Triangular factors in float32: Cholesky, inverse, solve.
///
/// A triangular matrix is an upper one, row-major, so that the loops over columns are contiguous. Blocks of
/// 64 are done one row at a time, everything else is products of blocks (matrix_product.h), in one fixed
/// order.
#pragma once

#include "engine/tensor/matrix.h"

namespace compression {

/// a = uᵀ · u, in place: the upper triangle of a symmetric a [n, n] becomes u, the lower one zero; only the
/// upper triangle is read. False, and a is undefined, unless every pivot is positive and finite: a is not
/// positive definite in float32.
[[nodiscard]] bool cholesky(MatrixView a);

/// u⁻¹, in place, for an upper triangular u [n, n] without a zero on its diagonal; what stands below the
/// diagonal must be zero.
void invert_upper(MatrixView u);

/// Solves uᵀ · x = b, in place of b [n, m], for an upper triangular u [n, n]; only its upper triangle is
/// read.
void solve_transposed_upper(ConstMatrixView u, MatrixView b);

/// The upper triangular u with uᵀ · u = h⁻¹, which the methods after Optimal Brain Surgeon live on: row i of
/// u, times its diagonal element, is row i of the inverse of h without its first i rows and columns. h [n, n]
/// is symmetric; empty if it is not positive definite in float32.
///
/// One factorisation and one triangular inverse: with h reversed in both directions = rᵀ · r, u is r⁻ᵀ
/// reversed. This loses less than factorising an inverse that was itself computed from a factor.
[[nodiscard]] Matrix inverse_factor(ConstMatrixView h);

}  // namespace compression
