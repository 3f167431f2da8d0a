/// Matrices of float32: views into memory, and the matrix that owns its numbers.
///
/// Views do not own; a view is valid as long as the numbers are. Indices are not checked.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace compression {

/// Numbers to read, at any pair of strides, so that a transposed matrix is a view as well.
struct ConstMatrixView {
  const float* data = nullptr;
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t row_stride = 0;  // elements from one row to the next
  std::size_t col_stride = 1;  // elements from one column to the next

  [[nodiscard]] const float& operator()(std::size_t row, std::size_t col) const noexcept {
    return data[row * row_stride + col * col_stride];
  }

  [[nodiscard]] ConstMatrixView transposed() const noexcept {
    return {data, cols, rows, col_stride, row_stride};
  }

  [[nodiscard]] ConstMatrixView block(std::size_t row, std::size_t col, std::size_t height,
                                      std::size_t width) const noexcept {
    return {data + row * row_stride + col * col_stride, height, width, row_stride, col_stride};
  }
};

/// Numbers to change: row-major, so that each row is contiguous.
struct MatrixView {
  float* data = nullptr;
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t row_stride = 0;

  [[nodiscard]] float& operator()(std::size_t row, std::size_t col) const noexcept {
    return data[row * row_stride + col];
  }

  [[nodiscard]] std::span<float> row(std::size_t index) const noexcept {
    return {data + index * row_stride, cols};
  }

  [[nodiscard]] MatrixView block(std::size_t row, std::size_t col, std::size_t height,
                                 std::size_t width) const noexcept {
    return {data + row * row_stride + col, height, width, row_stride};
  }

  operator ConstMatrixView() const noexcept {  // NOLINT: implicit, as int* converts to const int*
    return {data, rows, cols, row_stride, 1};
  }
};

/// A matrix [rows, cols], row-major, zero at first.
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t cols) : rows_(rows), cols_(cols), values_(rows * cols) {}

  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  [[nodiscard]] std::size_t cols() const noexcept { return cols_; }
  [[nodiscard]] std::span<float> values() noexcept { return values_; }
  [[nodiscard]] std::span<const float> values() const noexcept { return values_; }

  [[nodiscard]] MatrixView view() noexcept { return {values_.data(), rows_, cols_, cols_}; }
  [[nodiscard]] ConstMatrixView view() const noexcept { return {values_.data(), rows_, cols_, cols_, 1}; }

  [[nodiscard]] float& operator()(std::size_t row, std::size_t col) noexcept {
    return values_[row * cols_ + col];
  }
  [[nodiscard]] float operator()(std::size_t row, std::size_t col) const noexcept {
    return values_[row * cols_ + col];
  }
  [[nodiscard]] std::span<float> row(std::size_t index) noexcept {
    return std::span(values_).subspan(index * cols_, cols_);
  }
  [[nodiscard]] std::span<const float> row(std::size_t index) const noexcept {
    return std::span(values_).subspan(index * cols_, cols_);
  }

  /// The numbers, taken out of the matrix.
  [[nodiscard]] std::vector<float> release() && noexcept { return std::move(values_); }

 private:
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
  std::vector<float> values_;
};

/// A matrix of its own with the numbers of a view, in tiles that stay in the cache where the view is
/// transposed.
Matrix copy(ConstMatrixView source);

}  // namespace compression
