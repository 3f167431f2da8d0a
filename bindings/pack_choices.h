/// How the choices of PackOptions are spelled by callers outside C++.
#pragma once

#include <string>

#include "engine/error.h"
#include "engine/formats/packed.h"

namespace bindings {

/// "fp16" or "fp32". Throws EngineError(invalid_argument) for any other text.
inline compression::ScaleType scale_type(const std::string& name) {
  if (name == "fp16") return compression::ScaleType::fp16;
  if (name == "fp32") return compression::ScaleType::fp32;
  throw compression::EngineError(compression::ErrorCode::invalid_argument,
                                 "scales must be fp16 or fp32, got \"" + name + "\"");
}

/// "saturate" or "ieee". Throws EngineError(invalid_argument) for any other text.
inline compression::Overflow overflow(const std::string& name) {
  if (name == "saturate") return compression::Overflow::saturate;
  if (name == "ieee") return compression::Overflow::ieee;
  throw compression::EngineError(compression::ErrorCode::invalid_argument,
                                 "overflow must be saturate or ieee, got \"" + name + "\"");
}

/// "floor" or "ceil". Throws EngineError(invalid_argument) for any other text.
inline compression::ScaleRule scale_rule(const std::string& name) {
  if (name == "floor") return compression::ScaleRule::floor;
  if (name == "ceil") return compression::ScaleRule::ceil;
  throw compression::EngineError(compression::ErrorCode::invalid_argument,
                                 "scaleRule must be floor or ceil, got \"" + name + "\"");
}

}  // namespace bindings
