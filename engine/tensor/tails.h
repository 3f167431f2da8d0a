/// How far the largest of some numbers stand out, and how heavy the tails are.
#pragma once

#include <span>

namespace compression {

/// Largest magnitude over root mean square, the µ of incoherence (J. Chee et al. 2023, QuIP, definition 1); 0
/// for zeros. Throws EngineError(non_finite).
double peak(std::span<const float> values);

/// The mean fourth power over the square of the mean square: 3 for normal numbers, more where tails are
/// heavier; 0 for zeros. For numbers that peak took, whose fourth powers double has.
double kurtosis(std::span<const float> values) noexcept;

}  // namespace compression
