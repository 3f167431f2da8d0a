/// Weights of a layer on a grid whose parameters are fitted group by group.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/quantize/grid.h"
#include "engine/tensor/matrix.h"

namespace compression {

/// Weights on a grid, and what they are on it.
struct GridWeights {
  Matrix weights;                    // [out, in], the values
  std::vector<std::uint8_t> codes;   // [out, in]
  std::vector<Matrix> parameters;    // those of the grid, each [out, groups]
  std::vector<std::uint32_t> group;  // [in]: the group of each input
};

/// Rounds the weights of a layer, input by input, and keeps the codes and the parameters. Inputs are counted
/// in the order in which a method takes them: place i is input order[i] of the layer.
class GroupRounding {
 public:
  /// `group`: inputs under one scale, 0 for all; `grid` must outlive this.
  GroupRounding(const Grid& grid, std::size_t group, std::vector<std::size_t> order, std::size_t outputs);

  /// Groups are runs of the layer's own inputs from here on, not of places: fits all to weights [in, out].
  void fit_static_groups(ConstMatrixView weights);

  /// Fits the groups that begin at places first … first + count − 1 to weights [places, out]; none where the
  /// groups are static.
  void fit_groups(ConstMatrixView weights, std::size_t first, std::size_t count);

  /// Rounds the weights that outputs first_output … have at a place; `rounded` may be the same memory.
  void round(std::size_t place, std::size_t first_output, std::span<const float> weights,
             std::span<float> rounded);

  /// All that has been rounded, with the weights [places, out] as they are now, in the layer's order.
  [[nodiscard]] GridWeights gather(ConstMatrixView weights) const;

 private:
  void fit(ConstMatrixView weights, std::size_t first);
  [[nodiscard]] MatrixView parameters_of(std::size_t group);

  const Grid& grid_;
  std::size_t group_;
  bool static_groups_ = false;
  std::vector<std::size_t> order_;
  std::vector<std::uint32_t> group_of_place_;
  Matrix parameters_;                // [groups × parameters, out], those of a group together
  std::vector<std::uint8_t> codes_;  // [places, out]
};

/// 0, 1, 2, …: places are inputs.
std::vector<std::size_t> natural_order(std::size_t inputs);

/// Weights [places, out] as [out, in] of the layer.
Matrix in_layer_order(ConstMatrixView weights, std::span<const std::size_t> order);

/// Round to nearest: what every other method has to be better than. `group`: inputs under one scale, 0 for
/// all.
GridWeights round_to_nearest(ConstMatrixView weights, const Grid& grid, std::size_t group);

}  // namespace compression
