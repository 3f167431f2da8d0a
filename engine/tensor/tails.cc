#include "engine/tensor/tails.h"

#include <cmath>
#include <cstddef>
#include <span>

#include "engine/tensor/dot_product.h"
#include "engine/tensor/magnitude.h"

namespace compression {

double peak(std::span<const float> values) {
  const double largest = finite_absmax(values, "weights");
  return largest == 0 ? 0 : largest / std::sqrt(sum_of_squares(values) / static_cast<double>(values.size()));
}

double kurtosis(std::span<const float> values) noexcept {
  double squares = 0;
  double fourths = 0;
  for (const float value : values) {
    const double square = static_cast<double>(value) * static_cast<double>(value);
    squares += square;
    fourths += square * square;
  }
  return squares == 0 ? 0 : fourths / squares / squares * static_cast<double>(values.size());
}

}  // namespace compression
