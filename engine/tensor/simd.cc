#include "engine/tensor/simd.h"

#include <string_view>

#include "engine/tensor/batch.h"

namespace compression {

std::string_view simd_architecture() noexcept {
#ifdef COMPRESSION_SCALAR
  return "scalar";
#else
  return Floats::arch_type::name();
#endif
}

}  // namespace compression
