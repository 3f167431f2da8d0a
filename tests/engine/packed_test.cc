#include "engine/formats/packed.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/formats/float16.h"
#include "engine/formats/format.h"
#include "engine/formats/registry.h"
#include "engine/tensor/random.h"

namespace compression {
namespace {

std::vector<float> weights_of(std::size_t count) {
  return sample_weights({.count = count, .seed = 1});
}

ErrorCode code_of(const auto& call) {
  try {
    call();
  } catch (const EngineError& error) {
    return error.code();
  }
  FAIL("nothing was thrown");
  return ErrorCode::invalid_argument;
}

}  // namespace

TEST_CASE("bits per weight count what is stored") {
  const auto weights = weights_of(64 * 100);
  const auto bits = [&](const PackOptions& options) { return pack(weights, options).bits_per_weight(); };
  CHECK(bits({.format = "int4", .group = {64}}) == 4.25);
  CHECK(bits({.format = "int3", .group = {64}}) == 3.25);
  CHECK(bits({.format = "int3", .group = {32}, .scales = ScaleType::fp32}) == 4.0);
  CHECK(bits({.format = "int8", .group = {Group::row}, .rows = 100}) == 8.25);
  CHECK(bits({.format = "int4"}) == 4 + 16.0 / 6400);
  CHECK(bits({.format = "bf16", .group = {64}}) == 16);
}

TEST_CASE("bits per weight of a large tensor") {
  CHECK(bits_per_weight("int4", {64}) == 4.25);
  CHECK(bits_per_weight("int4", {128}, ScaleType::fp32) == 4.25);
  CHECK(bits_per_weight("int3", {Group::tensor}) == 3);
  CHECK(bits_per_weight("int2", {Group::row}) == 2);
  CHECK(bits_per_weight("fp16", {64}) == 16);
  for (const Format* const format : formats()) {
    CHECK(bits_per_weight(std::string(format->info.id), {64}) == format->info.bits_per_weight);
  }
  CHECK_THROWS_AS(bits_per_weight("int4", {1}), EngineError);
}

TEST_CASE("a group never crosses a row, and the last of a row may be short") {
  // Three rows of ten: groups of 4, 4 and 2, each with an outlier of its own.
  std::vector<float> weights(30, 0.01f);
  for (std::size_t row = 0; row < 3; ++row) weights[row * 10 + 8] = static_cast<float>(row + 1);
  const RoundTrip result =
      round_trip(weights, {.format = "int4", .group = {4}, .rows = 3, .scales = ScaleType::fp32});
  for (std::size_t i = 0; i < weights.size(); ++i) {
    CHECK(result.dequantized[i] == doctest::Approx(i % 10 == 9 ? 0 : weights[i]).epsilon(1e-6));
  }
  const Packed packed = pack(weights, {.format = "int4", .group = {4}, .cols = 10});
  CHECK(packed.spec.rows == 3);
  CHECK(packed.bytes.size() == 15 + 9 * 2);
}

TEST_CASE("levels used are the codes that occur, in even and in odd numbers of weights") {
  for (const Format* const format : formats()) {
    if (!format->info.grouped) continue;
    const int highest = static_cast<int>(format->info.levels / 2) - 1;
    std::vector<float> weights = {static_cast<float>(highest), 0};
    CHECK(round_trip(weights, {.format = std::string(format->info.id)}).levels_used == 2);
    weights.push_back(static_cast<float>(-highest));
    CHECK(round_trip(weights, {.format = std::string(format->info.id)}).levels_used == 3);
  }
}

TEST_CASE("shapes and groups that do not fit are refused") {
  const auto weights = weights_of(12);
  const auto refused = [&](const PackOptions& options, const char* message) {
    CHECK_THROWS_WITH_AS(pack(weights, options), doctest::Contains(message), EngineError);
  };
  refused({.format = "int4", .rows = 5}, "rows = 5 does not divide 12");
  refused({.format = "int4", .cols = 7}, "cols = 7 does not divide 12");
  refused({.format = "int4", .rows = 3, .cols = 3}, "rows × cols = 3 × 3 is not the 12 weights");
  refused({.format = "int4", .group = {1}}, "group must be");
  refused({.format = "int4", .group = {-2}}, "group must be");
  refused({.format = "int9"}, "no format \"int9\"; there are bf16, fp16, ");
  CHECK(code_of([&] { pack(weights, {.format = "int9"}); }) == ErrorCode::unknown_format);
  std::vector<float> short_output(11);
  CHECK_THROWS_AS(fake_quantize(weights, {.format = "int4"}, short_output), EngineError);
}

TEST_CASE("weights that are not finite are refused with index and value") {
  for (const Format* const format : formats()) {
    for (const int group : {0, -1, 5}) {
      auto weights = weights_of(40);
      const PackOptions options{.format = std::string(format->info.id), .group = {group}, .rows = 2};
      weights[33] = std::numeric_limits<float>::quiet_NaN();
      CHECK_THROWS_WITH_AS(pack(weights, options), doctest::Contains("weights[33] is NaN"), EngineError);
      weights[33] = -std::numeric_limits<float>::infinity();
      CHECK_THROWS_WITH_AS(round_trip(weights, options), doctest::Contains("weights[33] is -Infinity"),
                           EngineError);
      CHECK(code_of([&] { pack(weights, options); }) == ErrorCode::non_finite);
    }
  }
}

TEST_CASE("of several that are not finite the first is named, whatever their signs and places") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const Format* const format : formats()) {
    CAPTURE(format->info.id);
    for (const auto& [first, last] :
         {std::pair{nan, -nan}, {-nan, nan}, {infinity, -infinity}, {-nan, infinity}}) {
      for (const std::size_t place : std::array<std::size_t, 4>{0, 31, 32, 62}) {
        auto weights = weights_of(64);
        weights[place] = first;
        weights.back() = last;
        const std::string named = "weights[" + std::to_string(place) + "] is ";
        CHECK_THROWS_WITH_AS(pack(weights, {.format = std::string(format->info.id)}),
                             doctest::Contains(named.c_str()), EngineError);
      }
    }
  }
}

TEST_CASE("weights beyond the largest 16-bit float are refused") {
  CHECK_THROWS_WITH_AS(pack(std::vector<float>{1, 65520}, {.format = "fp16"}),
                       doctest::Contains("weights[1] is 65520"), EngineError);
  CHECK(unpack(pack(std::vector<float>{65519}, {.format = "fp16"}).bytes,
               {.format = "fp16", .rows = 1, .cols = 1}) == std::vector<float>{65504});
  CHECK(code_of([] { pack(std::vector<float>{std::numeric_limits<float>::max()}, {.format = "bf16"}); }) ==
        ErrorCode::overflow);
}

TEST_CASE("no weights make no bytes") {
  for (const Format* const format : formats()) {
    for (const int group : {0, -1, 64}) {
      const PackOptions options{.format = std::string(format->info.id), .group = {group}};
      const Packed packed = pack({}, options);
      CHECK(packed.bytes.empty());
      CHECK(packed.bits_per_weight() == 0);
      CHECK(unpack(packed.bytes, packed.spec).empty());
      CHECK(round_trip({}, options).levels_used == 0);
    }
  }
}

TEST_CASE("bytes that do not fit their description are refused") {
  const auto weights = weights_of(100);
  Packed packed = pack(weights, {.format = "int5", .group = {32}});
  const auto refused = [&] {
    CHECK(code_of([&] { unpack(packed.bytes, packed.spec); }) == ErrorCode::corrupt_packed);
  };
  packed.bytes.pop_back();
  refused();
  packed.bytes.push_back(0x7c);  // the upper byte of the last scale: infinity
  packed.bytes[packed.bytes.size() - 2] = 0;
  refused();
  packed = pack(weights, {.format = "int5"});
  packed.spec.cols = 101;
  refused();
  packed.spec.rows = std::numeric_limits<std::size_t>::max();
  packed.spec.cols = 3;
  refused();
}

TEST_CASE("fake quantization is packing and unpacking, for every format, in place too") {
  const auto weights = weights_of(501);
  for (const Format* const format : formats()) {
    for (const int group : {0, -1, 64}) {
      const PackOptions options{.format = std::string(format->info.id), .group = {group}, .rows = 3};
      auto faked = weights;
      fake_quantize(faked, options, faked);
      CHECK(faked == round_trip(weights, options).dequantized);
    }
  }
}

TEST_CASE("levels used are the distinct codes") {
  const std::vector<float> weights = {-3, -2, -1, 0, 1, 2, 3, 3};
  CHECK(round_trip(weights, {.format = "int3"}).levels_used == 7);
  CHECK(round_trip(weights, {.format = "fp16"}).levels_used == 7);
  CHECK(round_trip(weights, {.format = "int2"}).levels_used == 3);
}

TEST_CASE("levels of one scale hold every value that it gives back") {
  const auto weights = weights_of(3000);
  const float absmax = std::abs(*std::max_element(
      weights.begin(), weights.end(), [](float a, float b) { return std::abs(a) < std::abs(b); }));
  for (const Format* const format : formats()) {
    const std::string id(format->info.id);
    const auto grid = levels(id, absmax);
    CHECK(std::is_sorted(grid.begin(), grid.end(), std::less_equal<>()));
    const bool is_vector =
        format->info.kind == FormatKind::vector;  // gives back sums, or what it has learned
    if (format->info.block_size > 1 && !is_vector) CHECK(grid.size() == format->info.levels);
    if (id != "e8m0") CHECK(levels(id, 0) == std::vector<float>{0});  // which has no zero
    CHECK_THROWS_AS(levels(id, -1), EngineError);
    // Blocks have a scale each, and the grid of an asymmetric format depends on more than absmax.
    const bool one_scale = format->info.grouped || format->info.block_size == 1;
    if (!one_scale || is_vector || format->zero_point_bits > 0) continue;
    for (const float value : round_trip(weights, {.format = id}).dequantized) {
      if (std::abs(value) > grid.back()) continue;  // rounded up beyond absmax
      CHECK(std::binary_search(grid.begin(), grid.end(), value));
    }
  }
  CHECK(levels("fp16", 65504).size() == format_info("fp16").levels);
  CHECK(levels("bf16", std::numeric_limits<float>::max()).size() == format_info("bf16").levels);
}

TEST_CASE("the scale and the integers of EQ 7.3") {
  CHECK(symmetric_scale(0.6, 4) == 0.6 / 7);
  CHECK(symmetric_levels(4).lowest == -8);
  CHECK(symmetric_levels(4).highest == 7);
  CHECK(symmetric_levels(4).count == 16);
  CHECK_THROWS_WITH_AS(symmetric_levels(1), doctest::Contains("bits"), EngineError);
  CHECK_THROWS_WITH_AS(symmetric_scale(-1, 4), doctest::Contains("absmax"), EngineError);
}

TEST_CASE("every format describes itself and can be found") {
  for (const Format* const format : formats()) {
    CHECK(&find_format(format->info.id) == format);
    CHECK_FALSE(format->info.name.empty());
    CHECK_FALSE(format->info.source.empty());
    CHECK(std::count_if(formats().begin(), formats().end(),
                        [&](const Format* other) { return other->info.id == format->info.id; }) == 1);
  }
}

}  // namespace compression
