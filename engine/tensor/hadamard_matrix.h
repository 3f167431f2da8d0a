/// Small Hadamard matrices: square, of ±1, with rows that are orthogonal to each other.
///
/// Orders above two are multiples of four. Those here are the ones that widths of language models ask for
/// (5120 = 20 × 256, 11008 = 172 × 64, 13824 = 108 × 128): the list of Tseng et al. 2024 (QuIP#), section 3.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace compression {

/// The orders that hadamard_matrix knows, ascending; no two have the same odd part.
inline constexpr std::array<std::size_t, 13> hadamard_orders = {1,   12,  20,  28,  36,  52, 60,
                                                                108, 116, 124, 140, 156, 172};

/// A Hadamard matrix [order, order] of ±1, row-major: H Hᵀ = order × I. Not symmetric in general.
/// By R. Paley's two constructions (1933) where a prime allows one, else by four circulant matrices in the
/// array of J.-M. Goethals and J. J. Seidel (1967). `order` is one of hadamard_orders, else
/// EngineError(invalid_argument).
std::vector<float> hadamard_matrix(std::size_t order);

}  // namespace compression
