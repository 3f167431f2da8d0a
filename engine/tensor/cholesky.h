/// Triangular factors in float32: Cholesky, inverse, solve.
///
/// A triangular matrix is an upper one, row-major, so that the loops over columns are contiguous. Blocks of
/// 64 are done one row at a time, everything else is products of blocks (matrix_product.h), in one fixed
/// order.
///
/// Each of them can be done by halves that meet at first_half, and parts of a half by several at once, and
/// gives the same bits: cholesky of [a b; · c] is that of a, solve_transposed_upper of b by columns,
/// subtract_solved from c by rows, and cholesky of what remains of c; invert_upper of [p q; 0 r] is that of p
/// and of r, and multiply_corner by rows.
#pragma once

#include <cstddef>

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

/// Rows that are done one at a time, and columns.
inline constexpr std::size_t cholesky_block = 64;

/// Rows and columns of the first half of a matrix [n, n]: whole blocks of 64, so that those of the second
/// begin where they do in the whole.
std::size_t first_half(std::size_t n) noexcept;

/// c −= the first m rows of bᵀ · b, from the diagonal on, in the order in which cholesky does: for b [k, n],
/// solved, and c [m, n].
void subtract_solved(MatrixView c, ConstMatrixView b);

/// Rows of −p · q · r: what stands right above in the inverse of [p⁻¹ q; 0 r⁻¹], for upper triangular p
/// [m, m] and r [n, n]. `rows` are those of p from row `first`, a multiple of 64, on; q [m, n] may be the
/// memory of the answer [rows, n] where it is all of them.
void multiply_corner(ConstMatrixView rows, std::size_t first, ConstMatrixView q, ConstMatrixView r,
                     MatrixView corner);

/// h [n, n], symmetric, from its last row and column to its first; what stands below the diagonal is zero.
Matrix reversed(ConstMatrixView h);

/// Swaps what stands on either side of the other diagonal, which is what reversing both directions and
/// transposing does.
void mirror_other_diagonal(MatrixView a) noexcept;

/// The upper triangular u with uᵀ · u = h⁻¹, which the methods after Optimal Brain Surgeon live on: row i of
/// u, times its diagonal element, is row i of the inverse of h without its first i rows and columns. h [n, n]
/// is symmetric; empty if it is not positive definite in float32.
///
/// One factorisation and one triangular inverse: with h reversed in both directions = rᵀ · r, u is r⁻ᵀ
/// reversed. This loses less than factorising an inverse that was itself computed from a factor.
[[nodiscard]] Matrix inverse_factor(ConstMatrixView h);

}  // namespace compression
