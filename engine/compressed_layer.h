/// A layer after a method.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/formats/packed.h"
#include "engine/prune/sparse_packed.h"
#include "engine/prune/sparsity.h"

namespace compression {

/// Numbers by which a method shows what it did.
struct Series {
  std::string name;
  std::vector<double> values;
};

struct CompressedLayer {
  std::vector<float> weights;    // [out, in]: what the layer computes with afterwards
  std::optional<Packed> packed;  // where codes of neighbours share scales and nothing else is stored
  std::optional<SparsePacked> sparse_packed;  // where the weights that are kept are codes
  Mask mask;                        // [out, in], 1 where a weight is kept; empty where nothing is pruned
  std::vector<float> input_scales;  // [in]: the layer before divides by them; empty where there are none
  double bits_per_weight = 0;       // stored, with scales and indices
  double calibration_error = 0;     // ‖W xᵀ − Y‖ / ‖W xᵀ‖ on the calibration set, Y what the method computes
  std::optional<double> held_out_error;  // on the held-out set, where there is one
  std::vector<Series> trace;             // series are named in bindings/layer_types.ts

  void add(const char* name, std::vector<double> values) { trace.push_back({name, std::move(values)}); }
};

}  // namespace compression
