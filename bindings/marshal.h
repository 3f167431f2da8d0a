/// The boundary between JavaScript and the engine: arrays copied in and out, and the one guard for
/// exceptions. Nothing else touches WebAssembly memory from JavaScript's side; no view of it ever leaves this
/// file.
#pragma once

#include <emscripten/bind.h>
#include <emscripten/val.h>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>

/// How Embind tells optional answers apart: by an address instead of their type_info, which would bring the
/// names of six base classes along for each of them.
template <typename T>
struct emscripten::internal::TypeID<std::optional<T>> {
  static constexpr TYPEID get() { return CanonicalizedID<std::optional<T>>::get(); }
};

namespace bindings {

/// An array of fixed size that is not filled with zeros first, as std::vector is.
template <typename Element>
class Elements {
 public:
  explicit Elements(std::size_t size)
      : memory_(std::make_unique_for_overwrite<Element[]>(size)), size_(size) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] Element* data() noexcept { return memory_.get(); }
  operator std::span<const Element>() const noexcept {
    return {memory_.get(), size_};
  }  // NOLINT: as a vector

 private:
  std::unique_ptr<Element[]> memory_;
  std::size_t size_;
};

/// A JavaScript typed array of `Element`, such as Float32Array for float.
template <typename Element>
struct TypedArray : emscripten::val {
  TypedArray() : val(val::undefined()) {}
  explicit TypedArray(const val& array) : val(array) {}

  /// A copy of `elements`, which belongs to JavaScript.
  explicit TypedArray(std::span<const Element> elements)
      : val(val(emscripten::typed_memory_view(elements.size(), elements.data()))
                .template call<val>("slice")) {}

  /// The elements, copied into the engine's memory.
  [[nodiscard]] Elements<Element> elements() const {
    Elements<Element> copy((*this)["length"].template as<std::size_t>());
    val(emscripten::typed_memory_view(copy.size(), copy.data())).template call<void>("set", *this);
    return copy;
  }
};

/// Notes the exception in flight as the failure of the latest call; to be called where one is caught.
void note_failure() noexcept;

/// Calls `function`; its answer, or nothing after noting the failure. No exception passes to JavaScript,
/// where it would be a bare number.
template <std::invocable Function>
auto guarded(Function function) -> std::optional<decltype(function())> {
  try {
    return function();
  } catch (...) {
    note_failure();
    return std::nullopt;
  }
}

}  // namespace bindings
