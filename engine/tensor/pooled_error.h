/// The error of a whole from the errors of its parts: a tensor that is measured some rows at a time, a model
/// that is measured by its tensors.
#pragma once

#include <span>

namespace compression {

/// What a format made of one part.
struct PartialError {
  double weights = 0;          // count, a whole number ≥ 1
  double bits_per_weight = 0;  // ≥ 0
  double rms = 0;              // root mean square of the weights before
  double rmse = 0;             // root of the mean squared error
  double max_error = 0;        // largest |error|
};

/// What it made of the whole.
struct PooledError {
  double weights = 0;          // count
  double bytes = 0;            // that are stored
  double bits_per_weight = 0;  // mean over all weights
  double rms = 0;
  double rmse = 0;
  double max_error = 0;
  double sqnr_db = 0;  // 10 log10(Σ weight² / Σ error²); +infinity where there is no error
};

/// The parts, weighted by their counts and added in their order. Throws EngineError(invalid_argument) without
/// parts or where one counts nothing, and EngineError(non_finite), naming the first part that is not finite.
PooledError pooled_error(std::span<const PartialError> parts);

}  // namespace compression
