#include "engine/formats/vector/codebook_plane.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "engine/error.h"

namespace compression {
namespace {

constexpr double reach = 6;  // of the cells to either side of the middle
constexpr double cells_a_unit = 8;
constexpr auto cells_a_side = static_cast<std::size_t>(2 * reach * cells_a_unit) + 1;

std::size_t cell_of(float coordinate) noexcept {
  return static_cast<std::size_t>((std::clamp(static_cast<double>(coordinate), -reach, reach) + reach) *
                                  cells_a_unit);
}

void add_places(std::span<const float> points, const PlaneOptions& options, CodebookPlane& plane) {
  std::vector<std::size_t> place_of(cells_a_side * cells_a_side);  // 1 + the number of its place, 0 for none
  for (std::size_t i = 0; i < points.size(); i += codebook_length) {
    const float across = points[i + options.across];
    const float up = points[i + options.up];
    std::size_t& place = place_of[cell_of(across) * cells_a_side + cell_of(up)];
    if (place == 0) {
      for (const float number : {across, up, 0.0f}) plane.places.push_back(number);
      place = plane.places.size() / 3;
    }
    ++plane.places[3 * place - 1];
  }
}

void add_slice(std::span<const float> points, const PlaneOptions& options, CodebookPlane& plane) {
  const auto own = points.subspan(options.through * codebook_length, codebook_length);
  for (std::size_t i = 0; i < points.size(); i += codebook_length) {
    bool beside = true;
    for (std::size_t j = 0; j < codebook_length && beside; ++j) {
      beside = j == options.across || j == options.up || points[i + j] == own[j];
    }
    if (!beside) continue;
    for (const std::size_t j : {options.across, options.up}) plane.slice.push_back(points[i + j]);
  }
}

}  // namespace

CodebookPlane codebook_plane(const Codebook& codebook, const PlaneOptions& options) {
  require_codebook(codebook);
  if (options.across >= codebook_length || options.up >= codebook_length || options.across == options.up) {
    throw EngineError(ErrorCode::invalid_argument,
                      "across and up must be two different coordinates, each 0 to 7");
  }
  std::vector<std::uint16_t> codes(codebook_points);
  std::iota(codes.begin(), codes.end(), std::uint16_t{0});
  std::vector<float> points(codebook_points * codebook_length);
  decode(codebook, codes, points);
  CodebookPlane plane;
  add_places(points, options, plane);
  add_slice(points, options, plane);
  return plane;
}

}  // namespace compression
