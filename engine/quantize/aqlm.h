/// AQLM for a layer and its activations: Egiazarian et al., "Extreme Compression of Large Language Models via
/// Additive Quantization" (2024), section 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/formats/packed.h"
#include "engine/quantize/layer.h"
#include "engine/tensor/matrix.h"

namespace compression {

inline constexpr std::size_t most_aqlm_codebooks = 8;
inline constexpr std::size_t most_aqlm_code_bits = 12;
inline constexpr std::size_t most_aqlm_vector_length = 32;

struct AqlmOptions {
  std::size_t codebooks = 2;       // M, 1 … 8
  std::size_t code_bits = 8;       // B, 1 … 12: a codebook has 2^B vectors
  std::size_t vector_length = 8;   // g, 1 … 32: weights in a group
  std::size_t rounds = 6;          // of codebooks, codes and scales in turn, at most
  std::size_t codebook_steps = 8;  // of conjugate gradients a round
  std::size_t beams = 2;           // of the search for codes, at least 1
  double tolerance = 0.01;         // the relative improvement of a round below which it was the last
  std::uint64_t seed = 0;          // of the clustering
  ScaleType scales = ScaleType::fp16;
};

struct AqlmResult {
  Matrix weights;                // [out, in], what codebooks, codes and scales stand for
  double bits_per_weight = 0;    // stored, with the codebooks
  std::optional<Packed> packed;  // of the format aqlm, for 2 × 8 bits over 8 weights
  std::vector<double> losses;    // tr(D H Dᵀ) at the start and after each round, H with the mean 1 on its
                                 // diagonal
};

/// Quantizes weights [out, in] for the Hessian h [in, in] to M × B bits over g weights.
///
/// It starts from the codebooks and codes of the format, which know of no activations. A round updates the
/// codebooks at fixed codes, rounds them to fp16, searches the codes again, row by row, and fits the scales.
/// The loss is quadratic in the codebooks: conjugate gradients, preconditioned by the diagonal, take the
/// place of the paper's Adam steps and need no learning rate. What rounding spoils is not kept. Throws
/// EngineError(invalid_argument) for no beams and for shapes outside their bounds, EngineError(overflow)
/// where a scale is beyond its type.
AqlmResult calibrated_aqlm(ConstMatrixView weights, ConstMatrixView h, const AqlmOptions& options,
                           const Progress& progress = {});

}  // namespace compression
