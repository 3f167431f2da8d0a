#include "engine/prune/sparse_packed.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/compress_layer.h"
#include "engine/error.h"
#include "engine/prune/semi_structured.h"
#include "engine/quantize/sample_layer.h"

namespace compression {
namespace {

constexpr Sparsity two_of_four{.kept = 2, .of = 4};

SampledLayer drawn_layer() {
  return sample_layer({.outputs = 24, .inputs = 96, .tokens = 128, .seed = 3});
}

CompressedLayer prune(const SampledLayer& drawn, const Recipe& recipe) {
  return compress_layer({.weights = drawn.weights.view(), .calibration = drawn.calibration.view()}, recipe);
}

SparsePacked packed_of(const CompressedLayer& result) {
  REQUIRE(result.sparse_packed.has_value());
  return result.sparse_packed.value_or(SparsePacked{});
}

}  // namespace

TEST_CASE("pruned codes are read back as the weights of the layer") {
  const SampledLayer drawn = drawn_layer();
  for (const Sparsity& sparsity : {two_of_four, Sparsity{.kept = 1, .of = 3}, Sparsity{.kept = 5, .of = 12},
                                   Sparsity{.kept = 0, .of = 4}, Sparsity{.share = 0.5},
                                   Sparsity{.share = 0.37}, Sparsity{.share = 0}, Sparsity{.share = 1}}) {
    CAPTURE(sparsity.of);
    CAPTURE(sparsity.share);
    for (const std::string format : {"int4", "int3", "int8", "uint4", "uint2"}) {
      for (const Group group : {Group{Group::row}, Group{20}, Group{32}}) {
        const CompressedLayer result = prune(
            drawn,
            {.method = "sparsegpt", .format = format, .group = group, .sparsity = sparsity, .block = 96});
        const SparsePacked packed = packed_of(result);
        CHECK(unpack_sparse(packed) == result.weights);
        CHECK(result.bits_per_weight ==
              static_cast<double>(8 * packed.bytes.size()) / static_cast<double>(result.weights.size()));
        CHECK_FALSE(result.packed.has_value());
      }
    }
  }
}

TEST_CASE("4 bits for half of the weights, their indices, and the scales") {
  const SampledLayer drawn = drawn_layer();
  const auto bits = [&](const Recipe& recipe) { return prune(drawn, recipe).bits_per_weight; };
  Recipe recipe{.method = "sparsegpt", .format = "int4", .group = Group{32}, .sparsity = two_of_four};
  CHECK(bits(recipe) == 4 * 0.5 + 2 * 0.5 + 16.0 / 32);
  recipe.format = "uint4";
  CHECK(bits(recipe) == 4 * 0.5 + 2 * 0.5 + (16.0 + 4) / 32);
  recipe.scales = ScaleType::fp32;
  recipe.group = Group{Group::row};
  CHECK(bits(recipe) == 4 * 0.5 + 2 * 0.5 + (32.0 + 4) / 96);
  // A bit a weight for the mask, and one weight more than the share is pruned.
  recipe = {.method = "sparsegpt", .format = "int4", .group = Group{32}, .sparsity = {.share = 0.5}};
  CHECK(bits(recipe) == doctest::Approx(1 + 4 * 0.5 + 16.0 / 32).epsilon(0.001));
}

TEST_CASE("the bytes: where weights are kept, their codes, their scales") {
  const std::vector<float> weights = {7, 0.4f, -3, 1, 2, -7, 5, 0};
  const Packed dense = pack(weights, {.format = "int4", .rows = 2, .cols = 4});
  const Mask mask = {1, 0, 1, 0, 0, 1, 1, 0};
  // Places 0, 2 and 1, 2; codes 7, −3 and −7, 5; the scale 1 of the tensor as fp16.
  const SparsePacked structured = pack_sparse(dense, mask, two_of_four);
  CHECK(structured.bytes == std::vector<std::uint8_t>{0b10011000, 0xd7, 0x59, 0x00, 0x3c});
  CHECK(unpack_sparse(structured) == std::vector<float>{7, 0, -3, 0, 0, -7, 5, 0});
  const SparsePacked masked = pack_sparse(dense, mask, {});
  CHECK(masked.bytes == std::vector<std::uint8_t>{0b01100101, 0xd7, 0x59, 0x00, 0x3c});
  CHECK(unpack_sparse(masked) == unpack_sparse(structured));
}

TEST_CASE("sparse bytes that cannot be are refused") {
  const std::vector<float> weights = {7, 0.4f, -3, 1, 2, -7, 5, 0};
  const Packed dense = pack(weights, {.format = "int4", .rows = 2, .cols = 4});
  const Mask mask = {1, 0, 1, 0, 0, 1, 1, 0};
  CHECK_THROWS_WITH_AS(pack_sparse(dense, Mask(7, 1), {}), doctest::Contains("mask"), EngineError);
  CHECK_THROWS_WITH_AS(pack_sparse(dense, Mask(8, 1), two_of_four), doctest::Contains("mask must keep 2"),
                       EngineError);
  CHECK_THROWS_WITH_AS(pack_sparse(pack(weights, {.format = "nf4"}), mask, {}), doctest::Contains("nf4"),
                       EngineError);
  const auto refuse = [&](const SparsePacked& bad, const char* word) {
    CHECK_THROWS_WITH_AS(unpack_sparse(bad), doctest::Contains(word), EngineError);
  };
  SparsePacked sparse = pack_sparse(dense, mask, two_of_four);
  sparse.bytes.pop_back();
  refuse(sparse, "4 bytes are not 2 × 4");
  sparse = pack_sparse(dense, mask, two_of_four);
  sparse.bytes[0] = 0b10011010;  // places 2, 2
  refuse(sparse, "index 1");
  sparse = pack_sparse(dense, mask, {});
  sparse.bytes[0] = 0xff;
  refuse(sparse, "bytes are not");
  sparse.spec.rows = std::size_t{1} << 30;
  refuse(sparse, "bytes are not");
  sparse = pack_sparse(dense, mask, two_of_four);
  sparse.sparsity.of = 3;
  refuse(sparse, "divide");
  // A pattern that keeps nothing stores scales alone: few bytes must not claim more than memory holds.
  sparse.sparsity = {.kept = 0, .of = 4};
  sparse.spec.rows = std::size_t{1} << 14;
  sparse.spec.cols = (std::size_t{1} << 14) + 4;
  refuse(sparse, "bytes are not");
  sparse.spec.format = "q4_k";
  refuse(sparse, "integer format");
}

}  // namespace compression
