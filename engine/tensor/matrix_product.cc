// The blocking of K. Goto and R. A. van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008):
// strips of both factors are copied into panels that lie in memory as the innermost loop reads them, and that
// loop keeps a tile of the result in registers.
#include "engine/tensor/matrix_product.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "engine/tensor/batch.h"
#include "engine/tensor/transpose.h"

namespace compression {
namespace {

// A tile of 4 × 8 takes eight of sixteen registers of four lanes. What one step of the innermost loop loads
// takes six, and V8 loads all of it before it multiplies: a fifth row would spill.
constexpr std::size_t tile_rows = 4;
constexpr std::size_t tile_cols = 8;
constexpr std::size_t tile_batches = tile_cols / Floats::size;

constexpr std::size_t block_depth = 256;             // of the inner dimension: the run of one sum
constexpr std::size_t block_rows = 32 * tile_rows;   // of a: its panels take 128 KiB
constexpr std::size_t block_cols = 128 * tile_cols;  // of b: its panels take 1 MiB

/// Columns v [depth, panel], each of them contiguous, as rows of the target [depth, panel].
template <std::size_t panel>
void turn_columns(ConstMatrixView v, float* target) noexcept {
  static_assert(panel % Floats::size == 0);
  std::size_t k = 0;
  for (; k + Floats::size <= v.rows; k += Floats::size) {
    for (std::size_t j = 0; j < panel; j += Floats::size) {
      const auto square = load_transposed(&v(k, j), v.col_stride);
      for (std::size_t i = 0; i < Floats::size; ++i) square[i].store_unaligned(target + (k + i) * panel + j);
    }
  }
  for (; k < v.rows; ++k) {
    for (std::size_t j = 0; j < panel; ++j) target[k * panel + j] = v(k, j);
  }
}

/// v [depth, width] as panels of `panel` columns, row after row, the last one filled up with zeros.
template <std::size_t panel>
void pack_panels(ConstMatrixView v, float* target) noexcept {
  for (std::size_t left = 0; left < v.cols; left += panel, target += v.rows * panel) {
    const std::size_t width = std::min(panel, v.cols - left);
    const ConstMatrixView strip = v.block(0, left, v.rows, width);
    if (width == panel && v.row_stride == 1) {
      turn_columns<panel>(strip, target);
    } else if (width == panel && v.col_stride == 1) {
      for (std::size_t k = 0; k < v.rows; ++k) std::copy_n(&strip(k, 0), panel, target + k * panel);
    } else {
      std::fill_n(target, v.rows * panel, 0.0f);
      for (std::size_t k = 0; k < v.rows; ++k) {
        for (std::size_t j = 0; j < width; ++j) target[k * panel + j] = strip(k, j);
      }
    }
  }
}

using Tile = std::array<std::array<Floats, tile_batches>, tile_rows>;

/// sums += column k of a panel of a, times row k of a panel of b.
inline void add_outer_product(const float* a, const float* b, Tile& sums) noexcept {
  std::array<Floats, tile_batches> right;
  for (std::size_t j = 0; j < tile_batches; ++j) right[j] = Floats::load_unaligned(b + j * Floats::size);
  for (std::size_t i = 0; i < tile_rows; ++i) {
    const Floats left(a[i]);
    for (std::size_t j = 0; j < tile_batches; ++j) sums[i][j] = sums[i][j] + left * right[j];
  }
}

/// The product of a panel of a [depth, tile_rows] and one of b [depth, tile_cols]. V8 unrolls the loop; where
/// it is unrolled here, all steps of a sum stand together and their factors spill.
inline Tile multiply_panels(const float* a, const float* b, std::size_t depth) noexcept {
  Tile sums;
  for (auto& row : sums) row.fill(Floats(0.0f));
  for (; depth > 0; --depth, a += tile_rows, b += tile_cols) add_outer_product(a, b, sums);
  return sums;
}

/// target += sign × sums, for a sign of ±1, which changes no digit.
inline void add_row(const std::array<Floats, tile_batches>& sums, float sign, float* target) noexcept {
  for (std::size_t j = 0; j < tile_batches; ++j) {
    float* const place = target + j * Floats::size;
    (Floats::load_unaligned(place) + Floats(sign) * sums[j]).store_unaligned(place);
  }
}

/// Adds a tile to what it covers of c; a tile at the edge of c covers less.
inline void add_tile(const Tile& sums, float sign, MatrixView c) noexcept {
  if (c.rows == tile_rows && c.cols == tile_cols) [[likely]] {
    for (std::size_t i = 0; i < tile_rows; ++i) add_row(sums[i], sign, c.data + i * c.row_stride);
    return;
  }
  for (std::size_t i = 0; i < c.rows; ++i) {
    std::array<float, tile_cols> row{};
    std::copy_n(&c(i, 0), c.cols, row.data());
    add_row(sums[i], sign, row.data());
    std::copy_n(row.data(), c.cols, &c(i, 0));
  }
}

/// Which elements of the result are wanted, and the sign of what is added to them. One function for all of
/// them: copies of it made for each would be dear to download.
struct Task {
  float sign = 1;
  bool upper_only = false;
};

/// Adds the product of packed panels to c, whose first element stands `below` rows under the diagonal of the
/// whole matrix (less than 0: above it).
void multiply_block(const float* a, const float* b, std::size_t depth, MatrixView c, std::ptrdiff_t below,
                    Task task) noexcept {
  for (std::size_t left = 0; left < c.cols; left += tile_cols) {
    const std::size_t width = std::min(tile_cols, c.cols - left);
    for (std::size_t top = 0; top < c.rows; top += tile_rows) {
      const auto last_col = static_cast<std::ptrdiff_t>(left + width) - 1;
      if (task.upper_only && below + static_cast<std::ptrdiff_t>(top) > last_col) break;
      const std::size_t height = std::min(tile_rows, c.rows - top);
      const Tile sums = multiply_panels(a + top * depth, b + left * depth, depth);
      add_tile(sums, task.sign, c.block(top, left, height, width));
    }
  }
}

constexpr std::size_t round_up(std::size_t n, std::size_t step) noexcept {
  return (n + step - 1) / step * step;
}

void multiply(MatrixView c, ConstMatrixView a, ConstMatrixView b, Task task) {
  const std::size_t inner = a.cols;
  const std::size_t most_depth = std::min(block_depth, inner);
  std::vector<float> a_panels(most_depth * round_up(std::min(block_rows, c.rows), tile_rows));
  std::vector<float> b_panels(most_depth * round_up(std::min(block_cols, c.cols), tile_cols));
  for (std::size_t left = 0; left < c.cols; left += block_cols) {
    const std::size_t width = std::min(block_cols, c.cols - left);
    for (std::size_t first = 0; first < inner; first += block_depth) {
      const std::size_t depth = std::min(block_depth, inner - first);
      pack_panels<tile_cols>(b.block(first, left, depth, width), b_panels.data());
      for (std::size_t top = 0; top < c.rows; top += block_rows) {
        if (task.upper_only && top >= left + width) break;
        const std::size_t height = std::min(block_rows, c.rows - top);
        pack_panels<tile_rows>(a.block(top, first, height, depth).transposed(), a_panels.data());
        multiply_block(a_panels.data(), b_panels.data(), depth, c.block(top, left, height, width),
                       static_cast<std::ptrdiff_t>(top) - static_cast<std::ptrdiff_t>(left), task);
      }
    }
  }
}

}  // namespace

void add_product(MatrixView c, ConstMatrixView a, ConstMatrixView b) {
  multiply(c, a, b, {});
}

void subtract_product(MatrixView c, ConstMatrixView a, ConstMatrixView b) {
  multiply(c, a, b, {.sign = -1});
}

void add_gram_upper(MatrixView c, ConstMatrixView a) {
  multiply(c, a.transposed(), a, {.upper_only = true});
}

void subtract_gram_upper(MatrixView c, ConstMatrixView a) {
  multiply(c, a.transposed(), a, {.sign = -1, .upper_only = true});
}

void mirror_upper(MatrixView a) noexcept {
  constexpr std::size_t tile = 16;  // floats of a cache line
  for (std::size_t top = 0; top < a.rows; top += tile) {
    for (std::size_t left = 0; left <= top; left += tile) {
      const std::size_t bottom = std::min(top + tile, a.rows);
      for (std::size_t i = top; i < bottom; ++i) {
        for (std::size_t j = left; j < std::min(left + tile, i); ++j) a(i, j) = a(j, i);
      }
    }
  }
}

}  // namespace compression
