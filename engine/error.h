/// The one error type of the engine.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace compression {

enum class ErrorCode {
  invalid_argument,  // an argument is outside its bounds, or two arguments contradict each other
  non_finite,        // NaN or infinity where a finite number is needed
  unknown_format,    // no format has this id
  overflow,          // a value or a scale is beyond the largest number of the type that stores it
  corrupt_packed,    // packed bytes that do not fit their own description
  corrupt_file,      // a file that breaks a rule of its format
  unsupported,       // a file within the rules of its format that asks for what the engine does not do
  aborted,           // the caller stopped a long method
};

/// The code as callers outside C++ see it: "invalid-argument", "non-finite", …
constexpr std::string_view name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid-argument";
    case ErrorCode::non_finite:
      return "non-finite";
    case ErrorCode::unknown_format:
      return "unknown-format";
    case ErrorCode::overflow:
      return "overflow";
    case ErrorCode::corrupt_packed:
      return "corrupt-packed";
    case ErrorCode::corrupt_file:
      return "corrupt-file";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::aborted:
      return "aborted";
  }
  return "invalid-argument";
}

/// Thrown by every public function on bad input. The message names the argument and the bound that it broke.
/// The engine keeps no state between calls: after an error it serves on.
class EngineError : public std::exception {
 public:
  EngineError(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  [[nodiscard]] ErrorCode code() const noexcept { return code_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorCode code_;
  std::string message_;
};

}  // namespace compression
