/// Codes that a method has chosen, rather than rounding to nearest, in the bytes of an integer format.
#pragma once

#include <cstdint>
#include <span>

#include "engine/formats/packed.h"

namespace compression {

/// Weights [rows, cols] on an integer grid: weight = scale × (code − zero).
struct IntegerCodes {
  std::span<const std::uint8_t> codes;  // [rows, cols], 0 … 2^bits − 1
  std::span<const float> scales;        // [rows, groups of a row], as they are stored
  std::span<const float> zeros;         // [rows, groups of a row], whole numbers
};

/// Packs codes as an integer format lays them out (symmetric_integer.cc, asymmetric_integer.cc): unpack gives
/// the weights that they stand for. `options` names an integer format, rows, cols and the group. The zeros of
/// a symmetric format are all 2^(bits − 1). Errors: unknown_format; invalid_argument for a format or sizes
/// that do not fit.
Packed pack_integer_codes(const IntegerCodes& weights, const PackOptions& options);

}  // namespace compression
