#include "engine/quantize/group_rounding.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace compression {

GroupRounding::GroupRounding(const Grid& grid, std::size_t group, std::vector<std::size_t> order,
                             std::size_t outputs)
    : grid_(grid),
      group_(group == 0 ? order.size() : std::min(group, order.size())),
      order_(std::move(order)),
      group_of_place_(order_.size()),
      parameters_((order_.size() + group_ - 1) / group_ * grid.parameters(), outputs),
      codes_(order_.size() * outputs) {
  for (std::size_t i = 0; i < order_.size(); ++i) group_of_place_[i] = static_cast<std::uint32_t>(i / group_);
}

MatrixView GroupRounding::parameters_of(std::size_t group) {
  const std::size_t count = grid_.parameters();
  return parameters_.view().block(group * count, 0, count, parameters_.cols());
}

void GroupRounding::fit(ConstMatrixView weights, std::size_t first) {
  const std::size_t count = std::min(group_, weights.rows - first);
  grid_.fit(weights.block(first, 0, count, weights.cols), parameters_of(first / group_));
}

void GroupRounding::fit_static_groups(ConstMatrixView weights) {
  static_groups_ = true;
  for (std::size_t first = 0; first < weights.rows; first += group_) fit(weights, first);
  for (std::size_t i = 0; i < order_.size(); ++i) {
    group_of_place_[i] = static_cast<std::uint32_t>(order_[i] / group_);
  }
}

void GroupRounding::fit_groups(ConstMatrixView weights, std::size_t first, std::size_t count) {
  if (static_groups_) return;
  const std::size_t start = (first + group_ - 1) / group_ * group_;
  for (std::size_t i = start; i < first + count; i += group_) fit(weights, i);
}

void GroupRounding::round(std::size_t place, std::size_t first_output, std::span<const float> weights,
                          std::span<float> rounded) {
  const std::size_t count = weights.size();
  const std::size_t input = static_groups_ ? order_[place] : place;
  const MatrixView parameters = parameters_of(group_of_place_[place]);
  grid_.round(input % group_, weights, parameters.block(0, first_output, parameters.rows, count),
              std::span(codes_).subspan(place * parameters.cols + first_output, count), rounded);
}

GridWeights GroupRounding::gather(ConstMatrixView weights) const {
  const std::size_t inputs = order_.size();
  GridWeights result{.weights = in_layer_order(weights, order_),
                     .codes = std::vector<std::uint8_t>(codes_.size()),
                     .parameters = {},
                     .group = std::vector<std::uint32_t>(inputs)};
  const std::size_t count = grid_.parameters();
  for (std::size_t i = 0; i < count; ++i) {
    const ConstMatrixView one{&parameters_.values()[i * parameters_.cols()], parameters_.rows() / count,
                              parameters_.cols(), parameters_.cols() * count, 1};
    result.parameters.push_back(copy(one.transposed()));
  }
  for (std::size_t i = 0; i < inputs; ++i) result.group[order_[i]] = group_of_place_[i];
  constexpr std::size_t tile = 64;  // bytes of a cache line
  for (std::size_t left = 0; left < weights.cols; left += tile) {
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t j = left; j < std::min(left + tile, weights.cols); ++j) {
        result.codes[j * inputs + order_[i]] = codes_[i * weights.cols + j];
      }
    }
  }
  return result;
}

std::vector<std::size_t> natural_order(std::size_t inputs) {
  std::vector<std::size_t> order(inputs);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

Matrix in_layer_order(ConstMatrixView weights, std::span<const std::size_t> order) {
  Matrix by_input(weights.rows, weights.cols);
  for (std::size_t i = 0; i < weights.rows; ++i) {
    std::copy_n(&weights(i, 0), weights.cols, by_input.row(order[i]).begin());
  }
  return copy(std::as_const(by_input).view().transposed());
}

GridWeights round_to_nearest(ConstMatrixView weights, const Grid& grid, std::size_t group) {
  Matrix by_input = copy(weights.transposed());
  GroupRounding rounding(grid, group, natural_order(weights.cols), weights.rows);
  rounding.fit_groups(by_input.view(), 0, weights.cols);
  for (std::size_t i = 0; i < weights.cols; ++i) rounding.round(i, 0, by_input.row(i), by_input.row(i));
  return rounding.gather(by_input.view());
}

}  // namespace compression
