#include <doctest/doctest.h>

#include <string_view>

#include "engine/tensor/batch.h"
#include "engine/tensor/simd.h"

namespace compression {

TEST_CASE("the build runs on the architecture that it was made for") {
  MESSAGE("architecture: " << simd_architecture());
#if defined(COMPRESSION_SCALAR)
  CHECK(simd_architecture() == "scalar");
  CHECK(Floats::size == 1);
#elif defined(__EMSCRIPTEN__)
  CHECK(simd_architecture() == "wasm");
  CHECK(Floats::size == 4);
#elif defined(__x86_64__)
  CHECK(simd_architecture().starts_with("sse"));
  CHECK(Floats::size == 4);
#elif defined(__aarch64__)
  CHECK(simd_architecture().starts_with("neon"));
  CHECK(Floats::size == 4);
#else
  FAIL("no expectation for this machine: add one");
#endif
}

}  // namespace compression
