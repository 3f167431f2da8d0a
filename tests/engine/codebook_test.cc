#include "engine/formats/vector/codebook.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/formats/packed.h"
#include "engine/formats/vector/codebook_fit.h"
#include "engine/formats/vector/codebook_plane.h"
#include "engine/formats/vector/turned_weights.h"
#include "engine/tensor/random.h"
#include "engine/tensor/statistics.h"

namespace compression {
namespace {

constexpr std::size_t rows = 64;
constexpr std::size_t cols = 128;

std::vector<float> normal(std::size_t count, std::uint64_t seed) {
  return sample_weights({.count = count, .sigma = 0.02, .seed = seed});
}

std::vector<float> with_outliers(std::size_t count) {
  return sample_weights(
      {.count = count, .sigma = 0.02, .outlier_fraction = 0.01, .outlier_scale = 8, .seed = 3});
}

std::vector<float> point_of(const Codebook& codebook, std::uint16_t code) {
  std::vector<float> point(codebook_length);
  decode(codebook, {&code, 1}, point);
  return point;
}

/// What the points stand for, [rows, columns] of the weights.
std::vector<float> approximation(const CodebookFit& fit, std::size_t columns) {
  const std::size_t width = fit.points.size() / fit.scales.size();
  std::vector<float> values;
  for (std::size_t i = 0; i < fit.points.size(); ++i) {
    if (i % width < columns) values.push_back(fit.scales[i / width] * fit.points[i]);
  }
  return values;
}

Codebook small_scalar() {
  return {.id = "scalar", .parameters = {-2, -1, 1, 3}};
}

using Place = std::pair<float, float>;

/// Every point of a codebook along two coordinates, counted.
std::map<Place, std::uint32_t> counted(const Codebook& codebook, std::size_t across, std::size_t up) {
  std::map<Place, std::uint32_t> places;
  for (std::size_t code = 0; code < codebook_points; ++code) {
    const auto point = point_of(codebook, static_cast<std::uint16_t>(code));
    ++places[{point[across], point[up]}];
  }
  return places;
}

}  // namespace

TEST_CASE("codes stand for the points that their definitions say") {
  CHECK(point_of(small_scalar(), 0) == std::vector<float>(8, -2));
  CHECK(point_of(small_scalar(), 0xc001) == std::vector<float>{3, -2, -2, -2, -2, -2, -2, -1});
  CHECK(point_of({.id = "e8p", .parameters = {}}, 0x721d) ==
        std::vector<float>{-.25, -1.25, .75, 1.75, -.25, .75, -1.25, -.25});
  Codebook aqlm{.id = "aqlm", .parameters = std::vector<float>(4096)};
  for (std::size_t i = 0; i < 4096; ++i) aqlm.parameters[i] = static_cast<float>(i);
  CHECK(point_of(aqlm, 0x0301)[2] == float{3 * 8 + 2 + 2048 + 1 * 8 + 2});
}

TEST_CASE("codebooks of normal numbers leave what is known of them") {
  const auto weights = normal(256 * 256, 1);
  const CodebookFit scalar = fit_codebook("scalar", weights, 256, 256, 0);
  const CodebookFit e8p = fit_codebook("e8p", weights, 256, 256, 0);
  CHECK(scalar.distortion == doctest::Approx(0.1175).epsilon(0.01));
  CHECK(e8p.distortion == doctest::Approx(0.0912).epsilon(0.01));
  for (const CodebookFit* fit : {&scalar, &e8p}) {
    CHECK(fit->sqnr_db == doctest::Approx(-10 * std::log10(fit->distortion)).epsilon(1e-9));
    CHECK(fit->bits_per_weight == doctest::Approx(2).epsilon(0.001));
    CHECK(fit->distortion > 1.0 / 16);  // the bound 2^(−2R) at two bits
  }
}

TEST_CASE("no point is nearer than the one that a code names") {
  const auto weights = with_outliers(64);
  for (const std::string id : {"scalar", "e8p"}) {
    const CodebookFit fit = fit_codebook(id, weights, 1, 64, 0);
    for (std::size_t i = 0; i < fit.codes.size(); ++i) {
      const auto distance = [&](const std::vector<float>& point) {
        double sum = 0;
        for (std::size_t j = 0; j < codebook_length; ++j) {
          const double difference =
              static_cast<double>(fit.vectors[i * codebook_length + j]) - static_cast<double>(point[j]);
          sum += difference * difference;
        }
        return sum;
      };
      const double own = distance(point_of(fit.codebook, fit.codes[i]));
      double least = own;
      for (std::size_t code = 0; code < codebook_points; ++code) {
        least = std::min(least, distance(point_of(fit.codebook, static_cast<std::uint16_t>(code))));
      }
      CHECK(own <= least * (1 + 1e-5));
    }
  }
}

TEST_CASE("E8P on turned weights loses what the format loses") {
  const auto weights = with_outliers(rows * cols);
  const TurnedWeights turned = turned_weights(weights, rows, cols, 7);
  const CodebookFit fit = fit_codebook("e8p", turned.weights, rows, turned.width, 0);
  const Packed packed = pack(weights, {.format = "e8p", .rows = rows, .cols = cols, .seed = 7});
  const Comparison format = compare(weights, unpack(packed.bytes, packed.spec));
  CHECK(fit.sqnr_db == doctest::Approx(format.sqnr_db).epsilon(1e-4));
  CHECK(fit.bits_per_weight == packed.bits_per_weight());
}

TEST_CASE("E8P and the scalar levels suit turned weights, AQLM learns those with outliers as well") {
  const auto weights = with_outliers(rows * cols);
  const TurnedWeights turned = turned_weights(weights, rows, cols, 0);
  const auto lost = [](const std::string& id, std::span<const float> values) {
    return fit_codebook(id, values, rows, cols, 0).distortion;
  };
  CHECK(lost("e8p", turned.weights) < 0.8 * lost("e8p", weights));
  CHECK(lost("e8p", turned.weights) < lost("scalar", turned.weights));
  CHECK(lost("aqlm", weights) < 0.8 * lost("e8p", weights));
}

TEST_CASE("AQLM's tables, scales and codes are those of the format") {
  const auto weights = with_outliers(rows * cols);
  const CodebookFit fit = fit_codebook("aqlm", weights, rows, cols, 5);
  const Packed packed = pack(weights, {.format = "aqlm", .rows = rows, .cols = cols, .seed = 5});
  CHECK(approximation(fit, cols) == unpack(packed.bytes, packed.spec));
  CHECK(fit.bits_per_weight == packed.bits_per_weight());
}

TEST_CASE("numbers that fill a row up count for nothing; zeros lose nothing") {
  const auto weights = normal(3 * 13, 8);
  for (const std::string id : {"scalar", "e8p", "aqlm"}) {
    const CodebookFit fit = fit_codebook(id, weights, 3, 13, 0);
    CHECK(fit.codes.size() == 6);
    CHECK(fit.sqnr_db == compare(weights, approximation(fit, 13)).sqnr_db);
    const CodebookFit zeros = fit_codebook(id, std::vector<float>(16), 2, 8, 0);
    CHECK(zeros.distortion == 0);
    CHECK(zeros.scales == std::vector<float>(2));
  }
}

TEST_CASE("a plane holds every point of a codebook once") {
  const Codebook e8p{.id = "e8p", .parameters = {}};
  double norms = 0;
  for (std::size_t across = 0; across < codebook_length; across += 2) {
    const CodebookPlane plane = codebook_plane(e8p, {.across = across, .up = across + 1});
    const std::map<Place, std::uint32_t> expected = counted(e8p, across, across + 1);
    REQUIRE(plane.places.size() == 3 * expected.size());
    for (std::size_t i = 0; i < plane.places.size(); i += 3) {
      const Place place{plane.places[i], plane.places[i + 1]};
      REQUIRE(expected.contains(place));
      CHECK(plane.places[i + 2] == static_cast<float>(expected.at(place)));
      norms += static_cast<double>(plane.places[i + 2] *
                                   (place.first * place.first + place.second * place.second));
    }
  }
  CHECK(norms / codebook_points == doctest::Approx(9.5703).epsilon(1e-5));
  const CodebookPlane grid = codebook_plane(small_scalar(), {.across = 7, .up = 0});
  REQUIRE(grid.places.size() == 3 * 16);
  for (std::size_t i = 0; i < 16; ++i) CHECK(grid.places[3 * i + 2] == 4096);
}

TEST_CASE("places of learned points hold them all") {
  const CodebookFit fit = fit_codebook("aqlm", with_outliers(rows * cols), rows, cols, 0);
  const CodebookPlane plane = codebook_plane(fit.codebook, {.across = 2, .up = 5});
  float sum = 0;
  for (std::size_t i = 0; i < plane.places.size(); i += 3) sum += plane.places[i + 2];
  CHECK(sum == codebook_points);
  CHECK(plane.places.size() < 3 * 97 * 97);
}

TEST_CASE("a slice holds the points that differ in the two coordinates alone") {
  const Codebook e8p{.id = "e8p", .parameters = {}};
  for (const auto code : std::initializer_list<std::uint16_t>{0x0000, 0x721d, 0xff5a}) {
    const auto own = point_of(e8p, code);
    const CodebookPlane plane = codebook_plane(e8p, {.across = 1, .up = 6, .through = code});
    std::size_t found = 0;
    for (std::size_t other = 0; other < codebook_points; ++other) {
      auto point = point_of(e8p, static_cast<std::uint16_t>(other));
      const Place place{point[1], point[6]};
      point[1] = own[1];
      point[6] = own[6];
      if (point != own) continue;
      CHECK(plane.slice[2 * found] == place.first);
      CHECK(plane.slice[2 * found + 1] == place.second);
      ++found;
    }
    CHECK(plane.slice.size() == 2 * found);
    CHECK(found > 1);
  }
  CHECK(codebook_plane(small_scalar(), {.through = 9}).slice.size() == 32);
}

TEST_CASE("codebooks refuse what they cannot be, by name") {
  const std::vector<float> weights(8, 1);
  CHECK_THROWS_WITH_AS(fit_codebook("e8", weights, 1, 8, 0),
                       "codebook must be one of scalar, e8p, aqlm, not \"e8\"", EngineError);
  CHECK_THROWS_WITH_AS(
      fit_codebook("e8p", std::vector<float>{1, std::numeric_limits<float>::quiet_NaN()}, 1, 2, 0),
      "weights[1] is NaN; every number must be finite", EngineError);
  const char* const parameters =
      "parameters must be the 4 levels of scalar, ascending, the 4096 numbers of aqlm, or for e8p none";
  CHECK_THROWS_WITH_AS(codebook_plane({.id = "scalar", .parameters = {1, 2}}, {}), parameters, EngineError);
  CHECK_THROWS_WITH_AS(codebook_plane({.id = "scalar", .parameters = {1, 2, 0, 3}}, {}), parameters,
                       EngineError);
  CHECK_THROWS_WITH_AS(codebook_plane({.id = "e8p", .parameters = {1}}, {}), parameters, EngineError);
  const char* const coordinates = "across and up must be two different coordinates, each 0 to 7";
  CHECK_THROWS_WITH_AS(codebook_plane(small_scalar(), {.across = 3, .up = 3}), coordinates, EngineError);
  CHECK_THROWS_WITH_AS(codebook_plane(small_scalar(), {.up = 8}), coordinates, EngineError);
  CHECK_THROWS_WITH_AS(codebook_plane(small_scalar(), {.across = 8}), coordinates, EngineError);
}

}  // namespace compression
