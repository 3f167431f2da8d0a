#include "engine/tensor/randomized_hadamard.h"

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "engine/tensor/batch.h"
#include "engine/tensor/hadamard.h"
#include "engine/tensor/random.h"
#include "engine/tensor/simd_loop.h"

namespace compression {

std::vector<float> random_signs(std::size_t count, Random& random) {
  std::vector<float> signs(count);
  for (float& sign : signs) sign = random.random() < 0.5 ? 1.0f : -1.0f;
  return signs;
}

RandomizedHadamard::RandomizedHadamard(std::vector<float> signs) : signs_(std::move(signs)) {
  for (std::size_t left = signs_.size(); left > 0; left -= pieces_.back().length()) {
    pieces_.emplace_back(HadamardTransform::longest_within(left));
  }
}

void RandomizedHadamard::apply_signs(std::span<float> values) const noexcept {
  if (values.empty()) return;
  const std::size_t width = values.size() / signs_.size();
  if (width == 1) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= signs_[i];
    return;
  }
  for (std::size_t i = 0; i < signs_.size(); ++i) {
    const Floats sign(signs_[i]);
    const std::span<float> row = values.subspan(i * width, width);
    simd_transform<Floats::size>(std::span<const float>(row), row, [&](const float* source, float* target) {
      (Floats::load_unaligned(source) * sign).store_unaligned(target);
    });
  }
}

void RandomizedHadamard::apply(std::span<float> values) const {
  apply_signs(values);
  if (values.empty()) return;
  const std::size_t width = values.size() / signs_.size();
  for (const HadamardTransform& piece : pieces_) {
    piece.apply(values.first(piece.length() * width));
    values = values.subspan(piece.length() * width);
  }
}

void RandomizedHadamard::undo(std::span<float> values) const {
  if (values.empty()) return;
  const std::size_t width = values.size() / signs_.size();
  std::span<float> left = values;
  for (const HadamardTransform& piece : pieces_) {
    piece.undo(left.first(piece.length() * width));
    left = left.subspan(piece.length() * width);
  }
  apply_signs(values);
}

void RandomizedHadamard::apply_to_rows(std::span<float> values) const {
  for (; !values.empty(); values = values.subspan(signs_.size())) apply(values.first(signs_.size()));
}

void RandomizedHadamard::undo_rows(std::span<float> values) const {
  for (; !values.empty(); values = values.subspan(signs_.size())) undo(values.first(signs_.size()));
}

}  // namespace compression
