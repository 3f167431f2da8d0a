/// AWQ: Lin et al., "AWQ: Activation-aware Weight Quantization for LLM Compression and Acceleration" (2023),
/// section 3.2: inputs with large activations get finer steps, by a scale that the activations before undo.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/quantize/grid.h"
#include "engine/quantize/group_rounding.h"
#include "engine/quantize/layer.h"
#include "engine/tensor/matrix.h"

namespace compression {

struct AwqOptions {
  std::size_t group = 0;            // inputs under one scale of the grid; 0: all of a row
  std::size_t alphas = 20;          // exponents that are tried: 0, 1/alphas, 2/alphas, …; at least 1
  std::optional<double> alpha{};    // the only exponent that is tried, 0…1
  bool clip = true;                 // whether each group's range is narrowed where that helps
  std::size_t search_tokens = 512;  // tokens that the searches look at, evenly spaced; at least 1
};

struct AwqScales {
  double alpha = 0;           // the exponent that lost least, the first of equal ones
  std::vector<double> loss;   // mean squared output error of each exponent
  std::vector<float> scales;  // [in]: factors on the weights' columns
};

/// The scales s = a^α / √(max · min), a [in] the mean magnitude of each input's activations, at least 10^-4
/// before they are normalised, for the α that loses least when W s is rounded to the grid and divided by s
/// again. α = 0 rounds W itself: on the tokens that are looked at the result is never worse.
AwqScales awq_scales(const Layer& layer, const Grid& grid, const AwqOptions& options,
                     const Progress& progress = {});

struct ClipResult {
  Matrix weights;           // [out, in], clamped
  std::size_t clipped = 0;  // groups that were narrowed
  double error_before = 0;  // Σ of the groups' errors
  double error_after = 0;
};

/// The scale of one input: magnitude^α / √(most^α · least^α), for the mean magnitudes of its own activations
/// and of the inputs with the largest and the smallest. Throws EngineError(invalid_argument) unless 0 < least
/// ≤ magnitude ≤ most, all finite, and 0 ≤ alpha ≤ 1.
double awq_scale(double magnitude, double least, double most, double alpha);

/// Clamps each group of weights [out, in] to the one of 1, 0.95, …, 0.55 times its largest magnitude whose
/// rounding changes the group's part of the output least, over x [tokens, in]; groups are taken for
/// independent.
ClipResult awq_clip(ConstMatrixView weights, ConstMatrixView x, const Grid& grid, std::size_t group);

struct AwqResult {
  GridWeights grid;  // of the scaled, clamped weights
  Matrix weights;    // [out, in]: grid.weights with the scales undone
  AwqScales search;
  std::size_t clipped = 0;  // groups that were narrowed
};

/// Both searches, and the rounding. Throws EngineError(invalid_argument) for options outside their bounds.
AwqResult awq(const Layer& layer, const Grid& grid, const AwqOptions& options, const Progress& progress = {});

}  // namespace compression
