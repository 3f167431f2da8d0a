/// LDLQ: inputs get their final weights from the last to the first, a block at a time, and each block answers
/// for what the blocks after it left behind.
///
/// Chee et al., "QuIP: 2-Bit Quantization of Large Language Models With Guarantees" (2023), section 3, with
/// the blocks of Tseng et al., "QuIP#" (2024), section 4.1, and its passes of coordinate descent. With blocks
/// of one input it is GPTQ in the opposite order.
#pragma once

#include <cstddef>
#include <functional>

#include "engine/quantize/layer.h"
#include "engine/tensor/matrix.h"

namespace compression {

/// Replaces `targets` [inputs of a block, out], the first of which is input `first`, by values that can be
/// stored.
using BlockRounding = std::function<void(std::size_t first, MatrixView targets)>;

/// Which weights a target hears of, as factors [in, in]: target of block k = W_k + Σ factors_kj (W − V)_j
/// over the blocks j ≠ k. The blocks on the diagonal are not used.
///
/// LDLQ: factors of the later blocks alone, the transposed off-diagonal part of the unit block triangular L
/// in H = L D Lᵀ. `length` is that of a block, the last one may be shorter. Empty if h is not positive
/// definite in float32.
[[nodiscard]] Matrix ldlq_factors(ConstMatrixView h, std::size_t length);

/// Coordinate descent: factors H_kk⁻¹ H_kj, at which the target minimises the proxy loss while all other
/// blocks stay as they are. Empty if a block on the diagonal of h is not positive definite in float32.
[[nodiscard]] Matrix descent_factors(ConstMatrixView h, std::size_t length);

/// Rounds all blocks of weights [in, out] once, from the last to the first. `errors` [in, out] are W − V, of
/// which the blocks still to come tell how V was before: zero for a first sweep.
void sweep_blocks(ConstMatrixView weights, ConstMatrixView factors, std::size_t length,
                  const BlockRounding& rounding, MatrixView errors, const Progress& progress = {});

/// The proxy loss tr(Dᵀ H D) of errors D [in, out], whose rows are contiguous: products in float32, summed in
/// double.
[[nodiscard]] double proxy_loss(ConstMatrixView errors, ConstMatrixView h);

}  // namespace compression
