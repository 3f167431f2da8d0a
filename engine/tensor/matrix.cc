#include "engine/tensor/matrix.h"

#include <algorithm>
#include <cstddef>

namespace compression {

Matrix copy(ConstMatrixView source) {
  constexpr std::size_t tile = 16;  // floats of a cache line
  Matrix result(source.rows, source.cols);
  for (std::size_t top = 0; top < source.rows; top += tile) {
    const std::size_t bottom = std::min(top + tile, source.rows);
    for (std::size_t left = 0; left < source.cols; left += tile) {
      const std::size_t right = std::min(left + tile, source.cols);
      for (std::size_t i = top; i < bottom; ++i) {
        for (std::size_t j = left; j < right; ++j) result(i, j) = source(i, j);
      }
    }
  }
  return result;
}

}  // namespace compression
