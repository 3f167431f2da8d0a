/// Keys and values of an attention head in fewer bits.
#pragma once

#include <cstddef>
#include <string>

#include "engine/formats/packed.h"
#include "engine/tensor/matrix.h"

namespace compression {

struct AttentionHead {
  ConstMatrixView queries;  // [queries, dimension], each sees all tokens
  ConstMatrixView keys;     // [tokens, dimension]
  ConstMatrixView values;   // [tokens, dimension]
};

/// How the numbers of one side are stored.
struct CachePrecision {
  std::string format{};     // of the engine; empty: KIVI's grid (min_max.h) at `bits`
  int bits = 2;             // of KIVI's grid, 1…8
  bool by_channel = false;  // groups are tokens of one channel, as KIVI has them for keys; else channels of
                            // one token
  std::size_t group = 32;   // numbers under one scale, of the formats that have groups
};

struct CacheOptions {
  CachePrecision keys{};
  CachePrecision values{};
  std::size_t window = 0;  // recent tokens that stay in fp16: all values of the last `window` tokens, and the
                           // keys that do not yet fill a window
  std::size_t context = 0;  // tokens for which bits are counted; 0: those that are given
  ScaleType scales = ScaleType::fp16;
};

struct CompressedCache {
  Matrix keys;                 // [tokens, dimension], as attention sees them
  Matrix values;               // [tokens, dimension]
  double key_bits = 0;         // stored per number of the context, scales and window included
  double value_bits = 0;       // the same of values
  double key_error = 0;        // ‖K − K'‖_F / ‖K‖_F
  double value_error = 0;      // ‖V − V'‖_F / ‖V‖_F
  double attention_error = 0;  // the same of the outputs softmax(Q Kᵀ / √dimension) V
};

/// Outputs of attention, [queries, dimension]: products in float32, softmax in double.
Matrix attention(const AttentionHead& head);

/// Bits stored per value on KIVI's grid: `bits` and two fp16 parameters for every `group` values, fp16 for
/// the last `window` of the `tokens`. Throws EngineError(invalid_argument) for bits outside 1…8, a group
/// below 2, tokens below 1 or a window that is not within 0 and tokens.
double kivi_bits(double bits, double group, double tokens, double window);

/// Stores the cache of a head and attends to what is stored. An fp8 format gets one scale for all of its
/// numbers, absmax over the largest number of the format. Throws EngineError(invalid_argument) for shapes and
/// options outside their bounds, non_finite, unknown_format, overflow.
CompressedCache compress_cache(const AttentionHead& head, const CacheOptions& options);

}  // namespace compression
