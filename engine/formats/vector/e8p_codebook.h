/// E8P, the codebook of QuIP#: 65,536 vectors of eight weights, cut from the lattice E8 and shifted by a
/// quarter. 16 bits name one, and 256 stored patterns are enough to decode it.
///
/// A code is (pattern << 8) | sign byte. With p the parity of the sign byte and s = sign byte XOR p,
/// coordinate i is the pattern's i-th magnitude, negative where bit {0, 4, 1, 5, 2, 6, 3, 7}[i] of s is set,
/// plus 1/4 if p = 0 and minus 1/4 if p = 1. Where the sum of the pattern is odd, the last coordinate changes
/// its sign once more, which keeps the sum of the coordinates before the shift even.
///
/// Source: A. Tseng et al., "QuIP#: Even Better LLM Quantization with Hadamard Incoherence and Lattice
/// Codebooks" (2024), section 4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/formats/vector/e8p_patterns.h"

namespace compression {

/// The bit of the sign byte that turns coordinate i negative.
inline constexpr std::array<int, e8p_length> e8p_sign_bits = {0, 4, 1, 5, 2, 6, 3, 7};

/// codes [n] → vectors [n, 8]: each number one of ±1/4, ±3/4, … ±11/4.
void decode_e8p(std::span<const std::uint16_t> codes, std::span<float> vectors) noexcept;

/// The number of a pattern in the table of e8p_patterns.h, where it must stand.
std::uint8_t e8p_pattern_number(const E8pPattern& pattern) noexcept;

}  // namespace compression
