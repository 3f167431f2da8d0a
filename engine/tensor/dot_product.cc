#include "engine/tensor/dot_product.h"

#include <cstddef>
#include <span>

#include "engine/tensor/fixed_order_sum.h"

namespace compression {

double dot_product(std::span<const float> a, std::span<const float> b) noexcept {
  return fixed_order_sum(
      a.size(), [&](std::size_t i) { return static_cast<double>(a[i]) * static_cast<double>(b[i]); });
}

double sum_of_squares(std::span<const float> x) noexcept {
  return dot_product(x, x);
}

}  // namespace compression
