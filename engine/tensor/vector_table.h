/// A table of vectors, stored so that a batch holds one coordinate of several: what a search for the nearest
/// of them runs on.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "engine/tensor/batch.h"

namespace compression {

class VectorTable {
 public:
  /// `vectors` [count, length], row-major.
  VectorTable(std::span<const float> vectors, std::size_t length)
      : count_(vectors.size() / length), length_(length), stride_((count_ + step - 1) / step * step) {
    columns_.resize(length * stride_);
    for (std::size_t k = 0; k < count_; ++k) {
      for (std::size_t i = 0; i < length; ++i) columns_[i * stride_ + k] = vectors[k * length + i];
    }
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }

  /// Room that scores need: count, rounded up to whole steps of the loop.
  [[nodiscard]] std::size_t padded_count() const noexcept { return stride_; }

  /// scores[k] = square × squares[k] − linear × ⟨direction, vector k⟩, the inner product from its first term
  /// to its last. With squares = |vector|² and 1 and 2 as factors: the squared distance of vector k from the
  /// direction, less |direction|². `squares` and `scores` have padded_count numbers, those beyond count being
  /// of no meaning; `direction` has the length of the vectors.
  void score(std::span<const float> direction, std::span<const float> squares, float square, float linear,
             std::span<float> scores) const noexcept {
    for (std::size_t k = 0; k < stride_; k += step) {
      std::array<Floats, batches> product;
      product.fill(Floats(0));
      for (std::size_t i = 0; i < length_; ++i) {
        const Floats factor(direction[i]);
        const float* const column = columns_.data() + i * stride_ + k;
        for (std::size_t j = 0; j < batches; ++j) {
          product[j] = product[j] + factor * Floats::load_unaligned(column + j * Floats::size);
        }
      }
      for (std::size_t j = 0; j < batches; ++j) {
        const std::size_t at = k + j * Floats::size;
        const Floats own = Floats(square) * Floats::load_unaligned(squares.data() + at);
        (own - Floats(linear) * product[j]).store_unaligned(scores.data() + at);
      }
    }
  }

 private:
  static constexpr std::size_t batches = 4;
  static constexpr std::size_t step = batches * Floats::size;

  std::size_t count_;
  std::size_t length_;
  std::size_t stride_;
  std::vector<float> columns_;  // [length, stride]
};

/// Where the smallest number stands; of equals the first.
inline std::size_t index_of_smallest(std::span<const float> numbers) noexcept {
  std::size_t best = 0;
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    if (numbers[i] < numbers[best]) best = i;
  }
  return best;
}

}  // namespace compression
