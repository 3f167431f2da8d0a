/// A codebook seen along two of its eight coordinates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/formats/vector/codebook.h"

namespace compression {

struct PlaneOptions {
  std::size_t across = 0;  // coordinates, counted from 0
  std::size_t up = 1;
  std::uint16_t through = 0;  // a code, whose neighbours in the plane are asked for
};

struct CodebookPlane {
  std::vector<float> places;  // [n, 3]: where points lie, and how many, in the order of their codes
  std::vector<float> slice;   // [m, 2]: the points that differ from `through` in no other coordinate
};

/// Projects all points of a codebook onto two coordinates. Points that fall into one cell, an eighth wide,
/// are one place, where the first of them lies; the outermost cells, 6 from the middle, hold all that lies
/// beyond. Points of `scalar` and `e8p` have few values a coordinate, and each lies at its place. Throws
/// EngineError as require_codebook does, and EngineError(invalid_argument) for coordinates that are none, or
/// one.
CodebookPlane codebook_plane(const Codebook& codebook, const PlaneOptions& options);

}  // namespace compression
