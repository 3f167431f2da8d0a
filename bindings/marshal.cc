#include "bindings/marshal.h"

#include <cstdint>
#include <exception>
#include <new>
#include <string>

#include "engine/error.h"

namespace bindings {
namespace {

/// Why a call gave no answer.
struct Failure {
  std::string code;
  std::string message;
};

/// The failure of the latest call that gave no answer.
Failure& latest_failure() {
  static Failure failure;
  return failure;
}

}  // namespace

void note_failure() noexcept {
  try {
    throw;
  } catch (const compression::EngineError& error) {
    latest_failure() = {std::string(compression::name(error.code())), error.what()};
  } catch (const std::bad_alloc&) {
    latest_failure() = {"out-of-memory", "the engine's memory cannot hold this call's arrays and its answer"};
  } catch (const std::exception& error) {
    latest_failure() = {"internal", error.what()};
  } catch (...) {
    latest_failure() = {"internal", "a JavaScript exception passed through the engine"};
  }
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
