/// What to do with a layer, and what its options mean to the formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/formats/packed.h"
#include "engine/prune/sparsity.h"

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
  std::size_t codebooks = 2;        // aqlm: how many are summed
  std::size_t code_bits = 8;        // aqlm: 2^code_bits vectors in each
  std::size_t vector_length = 8;    // aqlm: weights of a vector
  std::size_t rounds = 6;           // aqlm: codebooks, codes and scales in turn, at most
  std::size_t beams = 2;            // aqlm: of the search for codes
  std::uint64_t seed = 0;           // quip, aqlm: of the signs, of the clustering
  bool steps = false;    // gptq, quip: whether the trace shows the weights at work, of small layers
  double threshold = 6;  // llm_int8: magnitude from which an activation is an outlier
  bool measured = true;  // without: the errors are measured apart (output_squares), and 0 in the answer;
                         // means nothing to smoothquant and llm_int8, which round the activations, too
};

/// How a layer of that size is packed: int4 where no format is given, in the usual groups.
PackOptions pack_options(std::size_t outputs, std::size_t inputs, const Recipe& recipe);

}  // namespace compression
