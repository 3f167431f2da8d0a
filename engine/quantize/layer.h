/// One linear layer, y = W x, and the activations that flow into it.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "engine/tensor/matrix.h"

namespace compression {

struct Layer {
  ConstMatrixView weights;      // [out, in]
  ConstMatrixView calibration;  // [tokens, in]: what a method may look at
  ConstMatrixView held_out{};   // [tokens, in]: what it may not; no rows: none given
};

/// Throws EngineError(invalid_argument) unless weights and calibration have rows and all have the same
/// columns, and EngineError(non_finite) for NaN or infinity, naming the argument.
void require_layer(const Layer& layer);

/// How far a method has come, 0…1. False stops it: it throws EngineError(aborted).
using Progress = std::function<bool(double)>;

/// Reports to `progress` if there is one, and throws EngineError(aborted) where it says so.
void report(const Progress& progress, double share);

/// The progress of a step that takes a method from one share to another; none if there is none. `progress`
/// must outlive it.
Progress part_of(const Progress& progress, double from, double to);

/// ‖exact − other‖_F / ‖exact‖_F, summed in double. Where exact is zero: 0 if nothing differs, else infinity.
double relative_difference(ConstMatrixView exact, ConstMatrixView other);

/// ‖m xᵀ‖_F² for m [out, in] and activations x [tokens, in]: products in float32, squares summed in double,
/// since a sum of millions of them would lose digits in float32.
double squared_output(ConstMatrixView m, ConstMatrixView x);

/// squared_output of W − V.
double squared_output_error(ConstMatrixView weights, ConstMatrixView approximation, ConstMatrixView x);

/// ‖W xᵀ − V xᵀ‖_F / ‖W xᵀ‖_F. Where W xᵀ is zero: 0 if nothing differs, else infinity.
double relative_output_error(ConstMatrixView weights, ConstMatrixView approximation, ConstMatrixView x);

/// The relative output error of an approximation [out, in] of a layer's weights, on the held-out set; without
/// one, on the calibration set. Throws as require_layer does, and alike for `approximation`.
double output_error(const Layer& layer, ConstMatrixView approximation);

}  // namespace compression
