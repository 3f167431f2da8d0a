/// The steps of arithmetic that estimates and worked solutions are made of.
#pragma once

#include <cmath>
#include <string>

#include "engine/error.h"
#include "engine/number_text.h"

namespace compression {

namespace detail {

inline void require_finite(double value, const char* argument) {
  if (std::isfinite(value)) return;
  throw EngineError(ErrorCode::non_finite,
                    std::string(argument) + " must be finite, got " + number_text(value));
}

inline double require_representable(double result) {
  if (std::isfinite(result)) return result;
  throw EngineError(ErrorCode::overflow, "the result is beyond the largest number, 1.8e308");
}

}  // namespace detail

/// numerator / denominator. Both finite, denominator not 0, and the result representable, else EngineError.
inline double ratio(double numerator, double denominator) {
  detail::require_finite(numerator, "numerator");
  detail::require_finite(denominator, "denominator");
  if (denominator == 0) throw EngineError(ErrorCode::invalid_argument, "denominator must not be 0");
  return detail::require_representable(numerator / denominator);
}

/// a + b. Both finite and the result representable, else EngineError.
inline double sum(double a, double b) {
  detail::require_finite(a, "a");
  detail::require_finite(b, "b");
  return detail::require_representable(a + b);
}

/// a × b. Both finite and the result representable, else EngineError.
inline double product(double a, double b) {
  detail::require_finite(a, "a");
  detail::require_finite(b, "b");
  return detail::require_representable(a * b);
}

}  // namespace compression
