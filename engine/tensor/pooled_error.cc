#include "engine/tensor/pooled_error.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>

#include "engine/error.h"
#include "engine/tensor/portable_math.h"

namespace compression {
namespace {

void require_part(const PartialError& part, std::size_t index) {
  const std::string name = "parts[" + std::to_string(index) + "]";
  for (const double entry : {part.weights, part.bits_per_weight, part.rms, part.rmse, part.max_error}) {
    if (!std::isfinite(entry)) throw EngineError(ErrorCode::non_finite, name + " must be finite");
    if (entry < 0) throw EngineError(ErrorCode::invalid_argument, name + " must not be negative");
  }
  if (part.weights < 1) {
    throw EngineError(ErrorCode::invalid_argument, name + " must count at least 1 weight");
  }
}

}  // namespace

PooledError pooled_error(std::span<const PartialError> parts) {
  if (parts.empty()) throw EngineError(ErrorCode::invalid_argument, "parts must not be empty");
  PooledError whole;
  double bits = 0;
  double signal = 0;
  double noise = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const PartialError& part = parts[i];
    require_part(part, i);
    whole.weights += part.weights;
    bits += part.weights * part.bits_per_weight;
    signal += part.weights * (part.rms * part.rms);
    noise += part.weights * (part.rmse * part.rmse);
    whole.max_error = std::max(whole.max_error, part.max_error);
  }
  whole.bytes = bits / 8;
  whole.bits_per_weight = bits / whole.weights;
  whole.rms = std::sqrt(signal / whole.weights);
  whole.rmse = std::sqrt(noise / whole.weights);
  whole.sqnr_db = noise == 0 ? std::numeric_limits<double>::infinity() : 10 * logarithm10(signal / noise);
  return whole;
}

}  // namespace compression
