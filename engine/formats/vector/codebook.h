/// What 16 bits can name: 65,536 points in eight dimensions, laid out in one of three ways.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace compression {

inline constexpr std::size_t codebook_points = 1 << 16;
inline constexpr std::size_t codebook_length = 8;  // weights a point stands for

/// `scalar`: any of four levels for each weight, the grid 4⁸; a code holds two bits a weight, the first
/// weight's highest. `e8p`: QuIP#'s cut of the lattice E8 (e8p_codebook.h). `aqlm`: the sums of a vector from
/// each of two tables of 256 (aqlm.h); a code is (number in the first << 8) | number in the second.
struct Codebook {
  std::string id;
  std::vector<float> parameters{};  // scalar: levels [4], ascending; e8p: none; aqlm: tables [2, 256, 8]
};

/// Throws EngineError(invalid_argument) for another id or number of parameters, and for levels that do not
/// ascend; EngineError(non_finite).
void require_codebook(const Codebook& codebook);

/// points [n, 8] ← what codes [n] stand for. For a codebook that require_codebook takes.
void decode(const Codebook& codebook, std::span<const std::uint16_t> codes, std::span<float> points);

}  // namespace compression
