/// SmoothQuant: Xiao et al., "SmoothQuant: Accurate and Efficient Post-Training Quantization for Large
/// Language Models" (2022), EQ 4: outliers of the activations move into the weights, and both fit into int8.
#pragma once

#include <vector>

#include "engine/quantize/layer.h"
#include "engine/tensor/matrix.h"

namespace compression {

struct SmoothQuantOptions {
  double alpha = 0.5;       // share of the difficulty that the weights take, 0…1
  bool smooth = true;       // without: W8A8 of weights and activations as they are
  bool per_tensor = false;  // one static scale for all activations instead of one a token
};

struct SmoothedLayer {
  std::vector<float> scales{};  // [in]: activations are divided by them, weights multiplied
  Matrix weights{};             // [out, in]: what the int8 weights stand for, with the scales undone
  double activation_scale =
      0;  // the static scale, absmax / 127 of the smoothed calibration; 0 if one a token
};

/// s_j = max|X_j|^α / max|W_j|^(1 − α), maxima and s at least 10^-5; weights to int8 by output (EQ 7.3).
/// Throws EngineError(invalid_argument) for an alpha outside 0…1.
SmoothedLayer smoothquant(const Layer& layer, const SmoothQuantOptions& options);

/// What the layer computes with int8 activations too, x [tokens, in] → [tokens, out]. `weights` are the
/// layer's own.
Matrix smoothed_output(ConstMatrixView weights, const SmoothedLayer& smoothed, ConstMatrixView x);

}  // namespace compression
