#include "bindings/marshal.h"

#include <cstdint>

namespace bindings {

Failure& latest_failure() {
  static Failure failure;
  return failure;
}

EMSCRIPTEN_BINDINGS(marshal) {
  emscripten::register_type<TypedArray<float>>("Float32Array");
  emscripten::register_type<TypedArray<double>>("Float64Array");
  emscripten::register_type<TypedArray<std::uint8_t>>("Uint8Array");
  emscripten::register_type<TypedArray<std::uint32_t>>("Uint32Array");
  emscripten::register_optional<TypedArray<float>>();
  emscripten::register_optional<TypedArray<double>>();
  emscripten::register_optional<TypedArray<std::uint32_t>>();
  emscripten::register_optional<double>();
  emscripten::value_object<Failure>("Failure")
      .field("code", &Failure::code)
      .field("message", &Failure::message);
  emscripten::function("latestFailure", +[] { return latest_failure(); });
}

}  // namespace bindings
