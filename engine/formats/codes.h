/// The codes of a format one by one: what each stands for, which one a number gets, and which scale a block.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/formats/packed.h"

namespace compression {

/// All codes of a format whose codes are values under a scale.
struct CodeTable {
  std::vector<float> values;  // [2^code_bits], by code; NaN and infinity where a code means that
  int code_bits = 0;
  int sign_bits = 0;      // 1 where the highest bit is a sign
  int exponent_bits = 0;  // of the bits below it; 0 where there is no exponent
  int mantissa_bits = 0;  // the lowest bits; 0 where codes only name values
};

/// The codes of `format` under `scale`, finite and above 0. A block format's codes are those of its elements;
/// the asymmetric integers have the zero point 0. Errors: unknown_format; invalid_argument for the scale, and
/// for formats whose codes are too many (16-bit floats) or no values by themselves.
CodeTable codes(const std::string& format, float scale = 1);

struct NearestCode {
  std::int32_t code = 0;
  float value = 0;   // what the code stands for
  float below = 0;   // the largest finite value of the format that is not above the number, else −infinity
  float above = 0;   // the smallest that is not below it, else infinity
  double error = 0;  // value − number
};

/// The code that `format` gives to a finite number under a scale, and the values around the number. Errors:
/// as codes, and non_finite.
NearestCode nearest_code(const std::string& format, float number, float scale = 1,
                         Overflow overflow = Overflow::saturate);

struct BlockScale {
  std::int32_t code = 0;
  float scale = 0;
};

/// The scale that a microscaling format stores for a block whose largest magnitude is `absmax` (≥ 0, finite):
/// E8M0, or E4M3 for nvfp4, whose tensor scale is taken as 1. Errors: unknown_format; invalid_argument for
/// absmax and for formats that are not of this kind.
BlockScale microscale(const std::string& format, float absmax, ScaleRule rule = ScaleRule::floor);

}  // namespace compression
