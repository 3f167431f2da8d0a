/// Plain JavaScript objects as arguments and answers of functions with many of them: read and set by name. An
/// option that is not given keeps the engine's default.
#pragma once

#include <emscripten/val.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

#include "bindings/marshal.h"
#include "bindings/pack_choices.h"
#include "engine/tensor/matrix.h"

namespace bindings {

using emscripten::val;

/// A JavaScript object of named values; undefined as the answer of a call that failed.
struct Properties : val {
  Properties() : val(val::object()) {}
  explicit Properties(const val& object) : val(object) {}
};

inline void read(const val& object, const char* name, double& value) {
  if (const val given = object[name]; !given.isUndefined()) value = given.as<double>();
}

/// A whole number below 2^53 that the face has checked.
inline void read_count(const val& object, const char* name, auto& value) {
  auto number = static_cast<double>(value);
  read(object, name, number);
  value = static_cast<std::remove_reference_t<decltype(value)>>(number);
}

inline void read(const val& object, const char* name, std::size_t& value) {
  read_count(object, name, value);
}

inline void read(const val& object, const char* name, std::uint64_t& value) {
  read_count(object, name, value);
}

inline void read(const val& object, const char* name, bool& value) {
  if (const val given = object[name]; !given.isUndefined()) value = given.as<bool>();
}

inline void read(const val& object, const char* name, std::optional<double>& value) {
  if (const val given = object[name]; !given.isUndefined()) value = given.as<double>();
}

inline void read(const val& object, const char* name, std::string& value) {
  if (const val given = object[name]; !given.isUndefined()) value = given.as<std::string>();
}

inline void read(const val& object, const char* name, compression::ScaleType& value) {
  std::string text = "fp16";
  read(object, name, text);
  value = scale_type(text);
}

/// The elements of a matrix { rows, cols, data } from JavaScript; no rows where there is none.
class MatrixElements {
 public:
  MatrixElements(const val& object, const char* name) {
    const val given = object[name];
    if (given.isUndefined()) return;
    read(given, "rows", rows_);
    read(given, "cols", cols_);
    elements_.emplace(TypedArray<float>(given["data"]).elements());
  }

  [[nodiscard]] compression::ConstMatrixView view() const {
    return {values().data(), rows_, cols_, cols_, 1};
  }
  /// To be changed; there must be a matrix.
  [[nodiscard]] compression::MatrixView view() { return {elements_->data(), rows_, cols_, cols_}; }
  [[nodiscard]] std::span<const float> values() const {
    return elements_ ? std::span<const float>(*elements_) : std::span<const float>();
  }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t cols() const { return cols_; }

 private:
  std::optional<Elements<float>> elements_;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
};

inline void set(val& object, const char* name, const val& value) {
  object.set(name, value);
}

/// { rows, cols, data } of elements that fill rows of `cols`.
inline void set_matrix(val& object, const char* name, std::span<const float> elements, std::size_t cols) {
  val matrix = val::object();
  set(matrix, "rows", val(elements.size() / cols));
  set(matrix, "cols", val(cols));
  set(matrix, "data", TypedArray<float>(elements));
  set(object, name, matrix);
}

inline void set_matrix(val& object, const char* name, const compression::Matrix& m) {
  set_matrix(object, name, m.values(), m.cols());
}

/// What `fill`, called with what it is to fill, makes of a new object; undefined after noting a failure. One
/// function for all callers: std::function would cost each of them a table and a name.
inline Properties answer_from(void (*fill)(const void* function, val& object), const void* function) {
  const auto object = guarded([&] {
    val filled = val::object();
    fill(function, filled);
    return filled;
  });
  return Properties(object.value_or(val::undefined()));
}

template <typename Fill>
Properties answer(const Fill& fill) {
  return answer_from([](const void* function, val& object) { (*static_cast<const Fill*>(function))(object); },
                     &fill);
}

}  // namespace bindings
