/// How the type of stored scales is spelled by callers outside C++.
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

}  // namespace bindings
