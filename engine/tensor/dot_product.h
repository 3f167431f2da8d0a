/// Sums of products in double, in the order of fixed_order_sum.h, compiled once for all callers.
#pragma once

#include <span>

namespace compression {

/// Σ a_i b_i.
double dot_product(std::span<const float> a, std::span<const float> b) noexcept;

/// Σ x_i².
double sum_of_squares(std::span<const float> x) noexcept;

}  // namespace compression
