/// The quantizer for single numbers that loses least on given ones.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace compression {

/// Four values, ascending: what two bits of a number can stand for.
using FourLevels = std::array<float, 4>;

/// The levels at which rounding `values` to the nearest of four loses a locally least Σ |value − level|²
/// (S. P. Lloyd 1982, J. Max 1960): each is the mean of the values that are nearest to it, to a
/// ten-thousandth of their root mean square. The search starts from Max's levels for normal numbers, and no
/// round of it raises the loss; a level that no value is nearest to stays where it is. Sums run in double
/// over the finite values in their order. Levels of no values, or of zeros, are 0.
FourLevels lloyd_max(std::span<const float> values);

/// The number of the level that is nearest to a value; of two equally near ones the lower.
std::size_t nearest_level(float value, const FourLevels& levels) noexcept;

}  // namespace compression
