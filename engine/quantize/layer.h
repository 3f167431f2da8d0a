/// One linear layer, y = W x, and the activations that flow into it.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

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
/// since a sum of millions of them would lose digits in float32; of each output over all tokens, then over
/// the outputs.
double squared_output(ConstMatrixView m, ConstMatrixView x);

/// squared_output of W − V.
double squared_output_error(ConstMatrixView weights, ConstMatrixView approximation, ConstMatrixView x);

/// What an approximation changes of each output of a layer: Σ over tokens of the squares of W xᵀ and of W xᵀ
/// − V xᵀ, [out, 2]. An output's sums do not depend on which others are measured with it.
std::vector<double> output_squares(ConstMatrixView weights, ConstMatrixView approximation, ConstMatrixView x);

/// The root of all that is lost over all signal, by such squares, summed output after output. Where there is
/// no signal: 0 if nothing is lost, else infinity.
double relative_error(std::span<const double> squares);

/// ‖W xᵀ − V xᵀ‖_F / ‖W xᵀ‖_F: relative_error of output_squares.
double relative_output_error(ConstMatrixView weights, ConstMatrixView approximation, ConstMatrixView x);

/// The relative output error of an approximation [out, in] of a layer's weights, on the held-out set; without
/// one, on the calibration set. Throws as require_layer does, and alike for `approximation`.
double output_error(const Layer& layer, ConstMatrixView approximation);

}  // namespace compression
