/// The shape of packed weights, checked and complete: what a format is given to work with.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/formats/packed.h"

namespace compression {

/// A matrix [rows, cols] whose rows are cut into groups that share a scale, and how its weights are rounded.
struct Layout {
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t group = 1;      // weights; the last group of a row may be short
  bool whole_tensor = false;  // one group of rows × cols
  ScaleType scales = ScaleType::fp16;
  Overflow overflow = Overflow::saturate;
  ScaleRule scale_rule = ScaleRule::floor;
  std::span<const float> importance{};  // [cols] or empty
  std::uint64_t seed = 0;

  [[nodiscard]] std::size_t count() const noexcept { return rows * cols; }

  [[nodiscard]] std::size_t groups() const noexcept {
    if (count() == 0) return 0;
    return whole_tensor ? 1 : rows * ((cols + group - 1) / group);
  }

  /// Whether all groups have `group` weights.
  [[nodiscard]] bool groups_are_equal() const noexcept {
    return !whole_tensor && group > 0 && cols % group == 0;
  }

  /// Whether an even number of weights precedes every group, so that codes of four bits begin with a byte.
  [[nodiscard]] bool groups_begin_even() const noexcept {
    return whole_tensor || (group % 2 == 0 && cols % 2 == 0);
  }
};

/// The weights of one group.
struct GroupRange {
  std::size_t begin;
  std::size_t length;
};

/// Cuts a layout into its groups, in the order of the weights.
class GroupCutter {
 public:
  /// As many as are worth taking together: their weights stay in the cache, their scales fill batches.
  static constexpr std::size_t at_once = 32;

  /// `first`: the group to begin with, where all are equal; 0 otherwise.
  explicit GroupCutter(const Layout& layout, std::size_t first = 0) noexcept
      : layout_(layout), begin_(first * layout.group), col_(layout.cols == 0 ? 0 : begin_ % layout.cols) {}

  /// The next groups, at most at_once; none at the end. Valid until the next call.
  std::span<const GroupRange> next() noexcept {
    std::size_t filled = 0;
    const std::size_t width = layout_.whole_tensor ? layout_.count() : layout_.cols;
    const std::size_t group = layout_.whole_tensor ? width : layout_.group;
    while (filled < at_once && begin_ < layout_.count()) {
      const std::size_t length = std::min(group, width - col_);
      ranges_[filled++] = {begin_, length};
      begin_ += length;
      col_ += length;
      if (col_ == width) col_ = 0;
    }
    return std::span(ranges_).first(filled);
  }

 private:
  Layout layout_;
  std::size_t begin_;
  std::size_t col_;
  std::array<GroupRange, at_once> ranges_;
};

/// The layout that options describe for `count` weights. Throws EngineError(invalid_argument) where they
/// contradict.
Layout make_layout(const PackOptions& options, std::size_t count);

}  // namespace compression
