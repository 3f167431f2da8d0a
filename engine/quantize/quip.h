/// QuIP#: Tseng et al., "QuIP#: Even Better LLM Quantization with Hadamard Incoherence and Lattice Codebooks"
/// (2024): the layer is turned until no weight stands out, and rounded to E8P in the directions that the
/// activations use.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/formats/packed.h"
#include "engine/quantize/layer.h"
#include "engine/tensor/matrix.h"

namespace compression {

struct QuipOptions {
  std::size_t tuning_passes = 10;  // sweeps of coordinate descent after LDLQ
  double damping = 0.01;   // share of the mean of H's diagonal that is added to it, above 0, at most 1
  std::uint64_t seed = 0;  // of the signs of both transforms
};

struct QuipResult {
  Matrix weights;           // [out, in], what the packed bytes stand for
  Packed packed;            // of the format e8p
  double nearest_loss = 0;  // proxy loss of the nearest codewords, H with the mean 1 on its diagonal
  double ldlq_loss = 0;     // after LDLQ
  double tuned_loss = 0;    // after the tuning passes
  double peak_before = 0;   // largest magnitude over root mean square of the weights as they were given
  double peak_after = 0;    // and turned
  Matrix turned;            // [out, width]: the turned weights, in the units of the codewords
};

/// Quantizes weights [out, in] for the Hessian h [in, in] to 2 bits a weight. In the tuning passes a codeword
/// gives way to the one nearest to its target only where that lowers the loss, so that no pass raises it.
/// Rows are filled up to a multiple of eight with inputs that are always 0. Throws
/// EngineError(invalid_argument) for a damping outside its bounds, or where float32 cannot factorise H with
/// as much as its mean added.
QuipResult quip(ConstMatrixView weights, ConstMatrixView h, const QuipOptions& options,
                const Progress& progress = {});

}  // namespace compression
