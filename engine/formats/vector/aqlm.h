/// What AQLM stores of a matrix, for methods that choose its codebooks and codes themselves (aqlm.cc has the
/// bytes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/formats/layout.h"
#include "engine/formats/packed.h"
#include "engine/formats/vector/additive_codebooks.h"

namespace compression {

inline constexpr std::size_t aqlm_codebooks = 2;
inline constexpr std::size_t aqlm_entries = 256;
inline constexpr std::size_t aqlm_length = 8;  // weights a group

/// Weights of a group = scale of the row × the sum of the vectors that its codes name.
/// How codebooks are laid out, "M × B over g" in the paper; the format aqlm is 2 × 8 over 8.
struct AqlmShape {
  std::size_t codebooks = aqlm_codebooks;  // M
  std::size_t entries = aqlm_entries;      // vectors in each, 2^B
  std::size_t length = aqlm_length;        // g, weights in a group

  bool operator==(const AqlmShape&) const = default;
};

/// Bits a weight of a matrix [rows, cols] in that shape: codes of B bits, codebooks of fp16 numbers, a scale
/// a row. Rows are filled up to whole groups.
double aqlm_bits(const AqlmShape& shape, std::size_t rows, std::size_t cols, ScaleType scales) noexcept;

struct AqlmMatrix {
  AdditiveCodebooks codebooks;       // fp16 numbers
  std::vector<float> scales;         // [rows], of the layout's type
  std::vector<std::uint16_t> codes;  // [rows, groups of a row, codebooks]
};

/// Codebooks, scales and codes for weights that know of no activations, H = I. Not for an empty layout.
/// Errors: non_finite; overflow where a scale is beyond its type.
AqlmMatrix learn_aqlm(std::span<const float> weights, const Layout& layout, const AqlmShape& shape = {});

/// The weights that a matrix stands for, [rows, cols] of the layout.
void unpack_aqlm(const AqlmMatrix& matrix, const Layout& layout, std::span<float> weights);

/// The nearest number of the type; for what is above 0 at least the smallest one above.
float rounded_aqlm_scale(double value, ScaleType type) noexcept;

/// The nearest fp16 of every number.
void round_to_fp16(AdditiveCodebooks& codebooks) noexcept;

/// The bytes of the format aqlm, of a matrix in its shape; `options` names it, with rows and cols of at
/// least 1.
Packed pack_aqlm(const AqlmMatrix& matrix, const PackOptions& options);

}  // namespace compression
