/// Products of matrices in float32.
///
/// Every element of a product is summed in one fixed order: over the inner dimension in runs of 256, each run
/// from its first term to its last in float32, the runs added to c in order. No build may change it, so that
/// every build gives the same bits. The error of an element is at most (256 + inner / 256) × 2^-24 of the sum
/// of the magnitudes of its terms, which is what the methods of this engine need: the Hessians they invert
/// are damped by a hundredth of their diagonal.
///
/// Shapes that do not fit together are errors of the engine's own, not of its callers: they are not checked.
#pragma once

#include "engine/tensor/matrix.h"

namespace compression {

/// c [m, n] += a [m, k] · b [k, n]. c overlaps neither a nor b.
void add_product(MatrixView c, ConstMatrixView a, ConstMatrixView b);

/// c [m, n] −= a [m, k] · b [k, n]. c overlaps neither a nor b.
void subtract_product(MatrixView c, ConstMatrixView a, ConstMatrixView b);

/// The upper triangle of c += aᵀ · a, for a [k, n]; c [m, n] may be its first m rows alone. What stands below
/// the diagonal is undefined then.
void add_gram_upper(MatrixView c, ConstMatrixView a);

/// The upper triangle of c −= aᵀ · a, for a [k, n]; c [m, n] may be its first m rows alone. What stands below
/// the diagonal is undefined then.
void subtract_gram_upper(MatrixView c, ConstMatrixView a);

/// Copies the upper triangle of a [n, n] to the lower one.
void mirror_upper(MatrixView a) noexcept;

}  // namespace compression
