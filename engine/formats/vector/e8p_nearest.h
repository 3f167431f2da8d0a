/// The nearest codeword of E8P.
#pragma once

#include <cstdint>
#include <span>

namespace compression {

/// vectors [n, 8] → codes [n]: for each vector the code of the codeword at the smallest Euclidean distance,
/// found among all 65,536 without looking at each. Distances are compared in float32: a codeword that is
/// farther by no more than their rounding may win.
///
/// Ties: the coset +1/4 before −1/4; in a coset the pattern with the fewest 3/2, then those with a 5/2, then
/// those of squared norm 12 in the order of the table; of coordinates that are equally large the lower one is
/// raised first, of signs that are equally cheap the highest one changes. All numbers below 2^60 in
/// magnitude.
void nearest_e8p(std::span<const float> vectors, std::span<std::uint16_t> codes) noexcept;

}  // namespace compression
