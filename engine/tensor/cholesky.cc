#include "engine/tensor/cholesky.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#include "engine/small_code.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/matrix_product.h"

namespace compression {
namespace {

constexpr std::size_t block = cholesky_block;

/// target −= factor × source.
void subtract_multiple(float factor, std::span<const float> source, std::span<float> target) noexcept {
  const Floats times(factor);
  std::size_t j = 0;
  for (; j + Floats::size <= target.size(); j += Floats::size) {
    const Floats term = times * Floats::load_unaligned(source.data() + j);
    (Floats::load_unaligned(target.data() + j) - term).store_unaligned(target.data() + j);
  }
  for (; j < target.size(); ++j) target[j] -= factor * source[j];
}

/// cholesky for one block, without the zeros below the diagonal.
bool factor_block(MatrixView a) noexcept {
  for (std::size_t k = 0; k < a.rows; ++k) {
    const float pivot = a(k, k);
    if (!(pivot > 0 && pivot <= std::numeric_limits<float>::max())) return false;
    const float root = std::sqrt(pivot);
    a(k, k) = root;
    for (float& element : a.row(k).subspan(k + 1)) element /= root;
    for (std::size_t i = k + 1; i < a.rows; ++i) {
      subtract_multiple(a(k, i), a.row(k).subspan(i), a.row(i).subspan(i));
    }
  }
  return true;
}

/// solve_transposed_upper for one block, a strip of columns at a time: the strip of every row above stays in
/// the cache, and that of the row in work in registers.
void solve_block(ConstMatrixView u, MatrixView b) noexcept {
  constexpr std::size_t strip = 4 * Floats::size;
  for (std::size_t left = 0; left + strip <= b.cols; left += strip) {
    for (std::size_t i = 0; i < b.rows; ++i) {
      std::array<Floats, 4> x;
      for (std::size_t j = 0; j < 4; ++j) x[j] = Floats::load_unaligned(&b(i, left + j * Floats::size));
      for (std::size_t k = 0; k < i; ++k) {
        const Floats factor(u(k, i));
        for (std::size_t j = 0; j < 4; ++j) {
          x[j] = x[j] - factor * Floats::load_unaligned(&b(k, left + j * Floats::size));
        }
      }
      const Floats diagonal(u(i, i));
      for (std::size_t j = 0; j < 4; ++j) (x[j] / diagonal).store_unaligned(&b(i, left + j * Floats::size));
    }
  }
  for (std::size_t left = b.cols - b.cols % strip; left < b.cols; ++left) {
    for (std::size_t i = 0; i < b.rows; ++i) {
      float x = b(i, left);
      for (std::size_t k = 0; k < i; ++k) x -= u(k, i) * b(k, left);
      b(i, left) = x / u(i, i);
    }
  }
}

/// invert_upper for one block, from the last row up: row i of the inverse is made of those below it.
void invert_block(MatrixView u) noexcept {
  std::array<float, block> row;
  for (std::size_t i = u.rows; i-- > 0;) {
    const std::size_t right = u.cols - i - 1;
    std::copy_n(&u(i, i), right + 1, row.data());
    const std::span<float> rest = u.row(i).subspan(i + 1);
    std::fill(rest.begin(), rest.end(), 0.0f);
    for (std::size_t k = i + 1; k < u.cols; ++k) {
      subtract_multiple(row[k - i], u.row(k).subspan(k), u.row(i).subspan(k));
    }
    for (float& element : rest) element /= row[0];
    u(i, i) = 1.0f / row[0];
  }
}

/// Rows of u · b for an upper triangular u, from row `first` on: each block of them leaves the zeros at its
/// left out.
Matrix multiply_upper(ConstMatrixView rows, std::size_t first, ConstMatrixView b) {
  Matrix product(rows.rows, b.cols);
  for (std::size_t top = 0; top < rows.rows; top += block) {
    const std::size_t height = std::min(block, rows.rows - top);
    const std::size_t left = first + top;
    const std::size_t inner = rows.cols - left;
    add_product(product.view().block(top, 0, height, b.cols), rows.block(top, left, height, inner),
                b.block(left, 0, inner, b.cols));
  }
  return product;
}

}  // namespace

void solve_transposed_upper(ConstMatrixView u, MatrixView b) {
  for (std::size_t top = 0; top < b.rows; top += block) {
    const std::size_t height = std::min(block, b.rows - top);
    const MatrixView solved = b.block(top, 0, height, b.cols);
    solve_block(u.block(top, top, height, height), solved);
    const std::size_t below = top + height;
    subtract_product(b.block(below, 0, b.rows - below, b.cols),
                     u.block(top, below, height, b.rows - below).transposed(), solved);
  }
}

bool cholesky(MatrixView a) {
  for (std::size_t top = 0; top < a.rows; top += block) {
    const std::size_t height = std::min(block, a.rows - top);
    const std::size_t rest = a.rows - top - height;
    const MatrixView diagonal = a.block(top, top, height, height);
    if (!factor_block(diagonal)) return false;
    const MatrixView right = a.block(top, top + height, height, rest);
    solve_block(diagonal, right);
    subtract_gram_upper(a.block(top + height, top + height, rest, rest), right);
  }
  for (std::size_t i = 1; i < a.rows; ++i) std::fill_n(&a(i, 0), i, 0.0f);
  return true;
}

std::size_t first_half(std::size_t n) noexcept {
  return n <= block ? n : (n / block + 1) / 2 * block;
}

COMPRESSION_SMALL_CODE void subtract_solved(MatrixView c, ConstMatrixView b) {
  for (std::size_t top = 0; top < b.rows; top += block) {
    subtract_gram_upper(c, b.block(top, 0, std::min(block, b.rows - top), b.cols));
  }
}

COMPRESSION_SMALL_CODE void multiply_corner(ConstMatrixView rows, std::size_t first, ConstMatrixView q,
                                            ConstMatrixView r, MatrixView corner) {
  const Matrix left = multiply_upper(rows, first, q);
  for (std::size_t i = 0; i < corner.rows; ++i) std::ranges::fill(corner.row(i), 0.0f);
  for (std::size_t from = 0; from < r.cols; from += block) {
    // Columns of r to the left of its diagonal block are zero.
    const std::size_t width = std::min(block, r.cols - from);
    const std::size_t inner = from + width;
    subtract_product(corner.block(0, from, corner.rows, width), left.view().block(0, 0, corner.rows, inner),
                     r.block(0, from, inner, width));
  }
}

void invert_upper(MatrixView u) {
  if (u.rows <= block) return invert_block(u);
  // The inverse of [p q; 0 r] is [p⁻¹ −p⁻¹ q r⁻¹; 0 r⁻¹].
  const std::size_t half = first_half(u.rows);
  const std::size_t rest = u.rows - half;
  const MatrixView p = u.block(0, 0, half, half);
  const MatrixView q = u.block(0, half, half, rest);
  const MatrixView r = u.block(half, half, rest, rest);
  invert_upper(p);
  invert_upper(r);
  multiply_corner(p, 0, q, r, q);
}

COMPRESSION_SMALL_CODE Matrix reversed(ConstMatrixView h) {
  const std::size_t n = h.rows;
  Matrix result(n, n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i; j < n; ++j) result(i, j) = h(n - 1 - i, n - 1 - j);
  }
  return result;
}

COMPRESSION_SMALL_CODE void mirror_other_diagonal(MatrixView a) noexcept {
  constexpr std::size_t tile = 16;  // floats of a cache line
  const std::size_t n = a.rows;
  for (std::size_t top = 0; top < n; top += tile) {
    for (std::size_t left = 0; left + top < n; left += tile) {
      for (std::size_t i = top; i < std::min(top + tile, n); ++i) {
        for (std::size_t j = left; j < std::min(left + tile, n - 1 - i); ++j) {
          std::swap(a(i, j), a(n - 1 - j, n - 1 - i));
        }
      }
    }
  }
}

Matrix inverse_factor(ConstMatrixView h) {
  Matrix factor = reversed(h);
  if (!cholesky(factor.view())) return {};
  invert_upper(factor.view());
  mirror_other_diagonal(factor.view());
  return factor;
}

}  // namespace compression
