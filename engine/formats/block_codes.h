/// Codes that a method has chosen, rather than rounding to nearest, in the bytes of a format of blocks.
#pragma once

#include <cstdint>
#include <span>

#include "engine/formats/packed.h"
#include "engine/tensor/matrix.h"

namespace compression {

/// Weights [rows, cols] in the codes of a format whose blocks are neighbours in a row.
struct BlockCodes {
  std::span<const std::uint8_t> codes;  // [rows, cols]
  std::span<const Matrix> parameters;   // of the blocks, each [rows, blocks of a row]
};

/// Packs codes as a format lays them out: unpack gives the weights that they stand for. The parameters of a
/// block are its absmax for nf4 and fp4 (bitsandbytes.cc), where cols are a multiple of 64 unless there is
/// one row; its power of two for the mx formats (microscaling.cc); for q4_k (ggml/q4_k.h) the scale of
/// scales, that of minima, eight scales and eight minima. Errors: unknown_format; invalid_argument for other
/// formats and sizes that do not fit.
Packed pack_block_codes(const BlockCodes& weights, const PackOptions& options);

}  // namespace compression
