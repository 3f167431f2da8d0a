/// What is known about a number format.
#pragma once

#include <cstddef>
#include <string_view>

namespace compression {

enum class FormatKind {
  floating_point,  // sign, exponent, mantissa per weight
  integer,         // a uniform grid under a scale
  codebook,        // a code names one of a few values under a scale
  microscaling,    // small floats or integers in blocks under a scale that is itself a small float
  ggml_block,      // the blocks of ggml and GGUF, scales of scales included
  vector,          // a code names a vector of several weights
};

/// The kind as callers outside C++ see it.
constexpr std::string_view name(FormatKind kind) noexcept {
  switch (kind) {
    case FormatKind::floating_point:
      return "float";
    case FormatKind::integer:
      return "integer";
    case FormatKind::codebook:
      return "codebook";
    case FormatKind::microscaling:
      return "microscaling";
    case FormatKind::ggml_block:
      return "ggml";
    case FormatKind::vector:
      return "vector";
  }
  return "integer";
}

struct FormatInfo {
  std::string_view id;    // "int4"
  std::string_view name;  // "INT4 symmetric"
  double
      bits_per_weight;  // of a large tensor, scales included; grouped formats: at block_size with fp16 scales
  std::size_t block_size;  // weights under one scale; 1 where there is none; grouped formats: the usual
                           // choice; vector formats: weights in a vector
  std::size_t levels;      // distinct finite values under one scale; vector formats: vectors
  FormatKind kind;
  std::string_view source;       // where the format is defined
  std::string_view description;  // one line: what is stored, and where one meets it
  bool grouped;                  // does the caller choose the group?
};

}  // namespace compression
