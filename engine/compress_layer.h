/// One call for every method that compresses a layer after training.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/packed.h"
#include "engine/prune/sparse_packed.h"
#include "engine/prune/sparsity.h"
#include "engine/quantize/layer.h"

namespace compression {

/// What to do with a layer. An option means nothing to the methods that do not know it.
struct Recipe {
  std::string method{};          // an id of methods()
  std::string format{};          // where weights go; empty: int4 for rtn, gptq, awq; none for pruning
  std::optional<Group> group{};  // weights under one scale; none given: 128, or a row where that is shorter
  ScaleType scales = ScaleType::fp16;
  Sparsity sparsity{};              // magnitude, wanda, sparsegpt
  double damping = 0.01;            // gptq, sparsegpt, quip: share of the mean of H's diagonal
  std::size_t block = 128;          // gptq, sparsegpt: inputs done before the others hear of it
  bool activation_order = false;    // gptq: inputs of the largest activations first
  bool static_groups = false;       // gptq: scales from the weights as they were given
  bool scale_inputs = false;        // gptq: AWQ's search for scales comes first
  std::size_t alphas = 20;          // awq, scale_inputs: exponents that are tried
  bool clip = true;                 // awq: whether ranges are narrowed
  std::size_t search_tokens = 512;  // awq, scale_inputs: tokens that its searches look at
  std::optional<double> alpha{};    // smoothquant: share of the difficulty that the weights take, 0.5 unless
                                    // given; awq, scale_inputs: the only exponent that is tried
  bool smooth = true;               // smoothquant: without, plain W8A8
  bool per_tensor = false;          // smoothquant: one static scale for all activations
  std::size_t tuning_passes = 10;   // quip: sweeps of coordinate descent after LDLQ
  std::size_t rounds = 6;           // aqlm: codebooks, codes and scales in turn, at most
  std::size_t beams = 2;            // aqlm: of the search for codes
  std::uint64_t seed = 0;           // quip, aqlm: of the signs, of the clustering
  bool steps = false;    // gptq, quip: whether the trace shows the weights at work, of small layers
  double threshold = 6;  // llm_int8: magnitude from which an activation is an outlier
};

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
};

struct Method {
  std::string_view id;
  std::string_view name;
  std::string_view source;
  CompressedLayer (*run)(const Layer& layer, const Recipe& recipe, const Progress& progress);
};

/// All methods, in the order in which they are shown.
std::span<const Method> methods() noexcept;

/// Compresses a layer. Errors: invalid_argument for shapes, methods and options outside their bounds;
/// non_finite for NaN and infinity; unknown_format; overflow; aborted.
CompressedLayer compress_layer(const Layer& layer, const Recipe& recipe, const Progress& progress = {});

}  // namespace compression
