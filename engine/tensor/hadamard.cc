#include "engine/tensor/hadamard.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/hadamard_matrix.h"
#include "engine/tensor/simd_loop.h"

namespace compression {
namespace {

/// The K of a length K × 2^p, 0 where there is none.
std::size_t order_of(std::size_t length) noexcept {
  for (const std::size_t order : hadamard_orders) {
    if (length % order == 0 && std::has_single_bit(length / order)) return order;
  }
  return 0;
}

/// (a, b) → (a + b, a − b) for two neighbours of `span` numbers each.
void butterfly(float* first, std::size_t span) noexcept {
  float* const second = first + span;
  std::size_t i = 0;
  for (; i + Floats::size <= span; i += Floats::size) {
    const Floats a = Floats::load_unaligned(first + i);
    const Floats b = Floats::load_unaligned(second + i);
    (a + b).store_unaligned(first + i);
    (a - b).store_unaligned(second + i);
  }
  for (; i < span; ++i) {
    const float a = first[i];
    const float b = second[i];
    first[i] = a + b;
    second[i] = a - b;
  }
}

/// The butterflies over one and over two numbers, which are narrower than a batch.
void butterflies_of_four(float* values, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; i += 4) {
    float* const x = values + i;
    const std::array<float, 4> y = {x[0] + x[1], x[0] - x[1], x[2] + x[3], x[2] - x[3]};
    x[0] = y[0] + y[2];
    x[1] = y[1] + y[3];
    x[2] = y[0] - y[2];
    x[3] = y[1] - y[3];
  }
}

/// [2^p, width] ← (W_2 ⊗ … ⊗ W_2) [2^p, width]. Halves first, so that what fits the cache is finished in it.
void walsh_hadamard(float* values, std::size_t count, std::size_t width) noexcept {
  constexpr std::size_t cached = 4096;
  if (count > cached && count > width) {
    walsh_hadamard(values, count / 2, width);
    walsh_hadamard(values + count / 2, count / 2, width);
    butterfly(values, count / 2);
    return;
  }
  std::size_t span = width;
  if (width == 1 && count >= 4) {
    butterflies_of_four(values, count);
    span = 4;
  }
  for (; span < count; span *= 2) {
    for (std::size_t i = 0; i < count; i += 2 * span) butterfly(values + i, span);
  }
}

/// Columns [begin, begin + width) of [order, stride] ← signs [order, order] times them; `scratch` holds
/// [order, batches of columns].
template <std::size_t batches>
void multiply_columns(float* columns, std::size_t width, std::size_t stride, std::size_t order,
                      std::span<const float> signs, std::span<float> scratch) noexcept {
  constexpr std::size_t step = batches * Floats::size;
  for (std::size_t k = 0; k < order; ++k) {
    std::copy_n(columns + k * stride, width, scratch.data() + k * step);
  }
  for (std::size_t row = 0; row < order; ++row) {
    std::array<Floats, batches> sum;
    sum.fill(Floats(0));
    for (std::size_t k = 0; k < order; ++k) {
      const Floats sign(signs[row * order + k]);
      for (std::size_t j = 0; j < batches; ++j) {
        sum[j] = sum[j] + sign * Floats::load_unaligned(scratch.data() + k * step + j * Floats::size);
      }
    }
    std::array<float, step> result;
    for (std::size_t j = 0; j < batches; ++j) sum[j].store_unaligned(result.data() + j * Floats::size);
    std::copy_n(result.data(), width, columns + row * stride);
  }
}

}  // namespace

HadamardTransform::HadamardTransform(std::size_t length) : length_(length), order_(order_of(length)) {
  if (order_ == 0) {
    throw EngineError(ErrorCode::invalid_argument,
                      "length must be K × 2^p with a K of hadamard_orders, not " + std::to_string(length));
  }
  matrix_ = hadamard_matrix(order_);
  transposed_.resize(matrix_.size());
  for (std::size_t i = 0; i < order_; ++i) {
    for (std::size_t j = 0; j < order_; ++j) transposed_[j * order_ + i] = matrix_[i * order_ + j];
  }
}

void HadamardTransform::apply(std::span<float> values) const {
  multiply(values, matrix_);
}

void HadamardTransform::undo(std::span<float> values) const {
  multiply(values, transposed_);
}

void HadamardTransform::multiply(std::span<float> values, std::span<const float> signs) const {
  if (values.size() % length_ != 0) {
    throw EngineError(ErrorCode::invalid_argument, "values must be a multiple of " + std::to_string(length_) +
                                                       " numbers, not " + std::to_string(values.size()));
  }
  const std::size_t width = values.size() / length_;
  const std::size_t block = values.size() / order_;
  if (width > 0) {
    for (std::size_t k = 0; k < order_; ++k) walsh_hadamard(values.data() + k * block, block, width);
  }
  if (order_ > 1) {
    constexpr std::size_t wide = 4;
    std::vector<float> scratch(order_ * wide * Floats::size);
    std::size_t col = 0;
    for (; col + wide * Floats::size <= block; col += wide * Floats::size) {
      multiply_columns<wide>(values.data() + col, wide * Floats::size, block, order_, signs, scratch);
    }
    for (; col < block; col += Floats::size) {
      multiply_columns<1>(values.data() + col, std::min(Floats::size, block - col), block, order_, signs,
                          scratch);
    }
  }
  const Floats factor(static_cast<float>(1 / std::sqrt(static_cast<double>(length_))));
  simd_transform<Floats::size>(std::span<const float>(values), values,
                               [&](const float* source, float* target) {
                                 (Floats::load_unaligned(source) * factor).store_unaligned(target);
                               });
}

std::size_t HadamardTransform::longest_within(std::size_t length) noexcept {
  std::size_t longest = 0;
  for (const std::size_t order : hadamard_orders) {
    if (order <= length) longest = std::max(longest, order * std::bit_floor(length / order));
  }
  return longest;
}

}  // namespace compression
