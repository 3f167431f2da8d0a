/// Which vector instructions this build of the engine uses.
#pragma once

#include <string_view>

namespace compression {

/// Name of the instruction set as xsimd has it ("wasm", "sse4.2", "neon64", …), or "scalar" in the scalar
/// build.
std::string_view simd_architecture() noexcept;

}  // namespace compression
