/// What is known about a number format.
#pragma once

#include <cstddef>
#include <string_view>

namespace compression {

enum class FormatKind {
  floating_point,  // sign, exponent, mantissa per weight
  integer,         // a uniform grid under a scale
};

/// The kind as callers outside C++ see it: "float", "integer".
constexpr std::string_view name(FormatKind kind) noexcept {
  return kind == FormatKind::floating_point ? "float" : "integer";
}

struct FormatInfo {
  std::string_view id;    // "int4"
  std::string_view name;  // "INT4 symmetric"
  double
      bits_per_weight;  // of a large tensor, scales included; grouped formats: at block_size with fp16 scales
  std::size_t
      block_size;      // weights under one scale; 1 where there is none; grouped formats: the usual choice
  std::size_t levels;  // distinct finite values under one scale
  FormatKind kind;
  std::string_view source;  // where the format is defined
  bool grouped;             // does the caller choose the group?
};

}  // namespace compression
