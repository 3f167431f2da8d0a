/// How fast a machine can decode, and how much fits into it. SI units: bytes, bytes per second, counts.
/// Every argument is finite and ≥ 0 (divisors > 0), else EngineError(invalid_argument) names it.
#pragma once

#include <cstdint>
#include <string>

#include "engine/formats/packed.h"

namespace compression {

/// EQ 7.1: tokens per second of one sequence ≤ bandwidth / (bytes per parameter × active parameters).
double decode_ceiling(double bandwidth, double bytes_per_parameter, double active_parameters);

/// Bytes streamed for one token.
double bytes_per_token(double bytes_per_parameter, double active_parameters);

/// Bytes per weight of a large tensor in a format, as bits_per_weight has it.
double bytes_per_parameter(const std::string& format, Group group, ScaleType scales);

/// Bytes of a model of `parameters` weights in a format, scales included.
double weight_memory(double parameters, const std::string& format, Group group, ScaleType scales);

/// Bytes of keys and values that one token leaves in the cache: 2 × layers × key-value heads × head dimension
/// × bytes.
double kv_cache_bytes_per_token(double layers, double key_value_heads, double head_dimension,
                                double bytes_per_value);

/// What is left after pruning: parameters × (1 − sparsity), sparsity in 0…1.
double remaining(double parameters, double sparsity);

struct ServingOptions {
  double weight_bytes = 0;
  double card_memory = 0;            // bytes of one card, > 0
  double cache_bytes_per_token = 0;  // > 0
  double context_length = 0;         // tokens, > 0
  double reserve = 0;                // share of each card kept free for activations and the runtime, 0…<1
};

struct ServingPlan {
  double cards = 0;       // fewest cards whose usable memory holds the weights, at least 1
  double room_bytes = 0;  // usable memory left on them for the KV cache
  double contexts = 0;    // whole contexts of full length that fit there
};

ServingPlan serving_plan(const ServingOptions& options);

}  // namespace compression
