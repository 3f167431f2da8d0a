// The golden file comes from ggml's own library; the naive form and the engine have to equal it, in every
// build.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/block_fields.h"
#include "engine/formats/format.h"
#include "engine/formats/layout.h"
#include "engine/formats/packed.h"
#include "engine/formats/registry.h"
#include "engine/tensor/random.h"
#include "tests/engine/digest.h"
#include "tests/engine/golden.h"
#include "tests/engine/k_quant_cases.h"
#include "tests/engine/k_quant_reference.h"

namespace compression {
namespace {

template <class T>
std::uint64_t digest(std::span<const T> values) {
  test::Digest all;
  all.add(values);
  return all.value();
}

const reference::KQuant& naive(const std::string& id) {
  return *std::find_if(reference::k_quants().begin(), reference::k_quants().end(),
                       [&](const reference::KQuant& one) { return one.id == id; });
}

struct GoldenCase {
  std::string format, name;
  std::uint64_t packed, dequantized, important_packed, important_dequantized;
};

std::vector<GoldenCase> golden_cases() {
  std::vector<GoldenCase> all;
  for (auto& fields : test::read_golden("k_quants")) {
    GoldenCase one;
    fields >> one.format >> one.name >> std::hex >> one.packed >> one.dequantized >> one.important_packed >>
        one.important_dequantized;
    all.push_back(one);
  }
  return all;
}

const test::KQuantCase& case_named(const std::vector<test::KQuantCase>& cases, const std::string& name) {
  const auto found =
      std::find_if(cases.begin(), cases.end(), [&](const test::KQuantCase& one) { return one.name == name; });
  REQUIRE(found != cases.end());
  return *found;
}

}  // namespace

TEST_CASE("the naive K-quants give the bytes of ggml's library") {
  const auto cases = test::k_quant_cases();
  for (const GoldenCase& golden : golden_cases()) {
    CAPTURE(golden.format);
    CAPTURE(golden.name);
    const test::KQuantCase& one = case_named(cases, golden.name);
    const auto importance = test::importance_of(one.cols);
    const reference::KQuant& format = naive(golden.format);
    CHECK(digest<std::uint8_t>(reference::k_quant_bytes(format, one.weights, one.cols, {})) == golden.packed);
    CHECK(digest<std::uint8_t>(reference::k_quant_bytes(format, one.weights, one.cols, importance)) ==
          golden.important_packed);
  }
}

TEST_CASE("the K-quants give the bytes of ggml's library, and the weights of its Python package") {
  const auto cases = test::k_quant_cases();
  for (const GoldenCase& golden : golden_cases()) {
    CAPTURE(golden.format);
    CAPTURE(golden.name);
    const test::KQuantCase& one = case_named(cases, golden.name);
    const auto importance = test::importance_of(one.cols);
    PackOptions options{.format = golden.format, .rows = one.rows, .cols = one.cols};
    const Packed packed = pack(one.weights, options);
    CHECK(digest<std::uint8_t>(packed.bytes) == golden.packed);
    CHECK(digest<float>(unpack(packed.bytes, packed.spec)) == golden.dequantized);
    options.importance = importance;
    const Packed important = pack(one.weights, options);
    CHECK(digest<std::uint8_t>(important.bytes) == golden.important_packed);
    CHECK(digest<float>(unpack(important.bytes, important.spec)) == golden.important_dequantized);
  }
}

TEST_CASE("known answers of another revision of ggml") {
  // x[i] = ((37 i + 11) mod 101 − 50) / 32, the same with importance 1 + i mod 7, and ((29 i + 5) mod 64 + 1)
  // / 64: ggml d99724f2.
  std::vector<float> signed_values;
  std::vector<float> positive_values;
  std::vector<float> importance;
  for (int i = 0; i < 256; ++i) {
    signed_values.push_back(static_cast<float>((37 * i + 11) % 101 - 50) / 32);
    positive_values.push_back(static_cast<float>((29 * i + 5) % 64 + 1) / 64);
    importance.push_back(static_cast<float>(1 + i % 7));
  }
  struct Answer {
    const char* format;
    std::uint64_t signed_digest, important_digest, positive_digest;
  };
  for (const Answer& answer : {Answer{"q2_k", 0x02d451d1e0dc2fc8, 0x21ef4cf2de1de70b, 0x7dc7d4a1410e0a32},
                               Answer{"q3_k", 0xf1de277d498a4817, 0xebac2490770c494c, 0x09278309057c1f38},
                               Answer{"q4_k", 0xeca245a0b4343224, 0xac522013c0ba521e, 0x22bda10be1d36cd0},
                               Answer{"q5_k", 0xa3f918543ed87d6d, 0xdec4d4976a4b29b6, 0x3d21d87c84eac0f4},
                               Answer{"q6_k", 0xc560026e40017c45, 0x597074ce1a642b7b, 0x672c0727bd1e63bb}}) {
    CAPTURE(answer.format);
    PackOptions options{.format = answer.format};
    CHECK(digest<std::uint8_t>(pack(signed_values, options).bytes) == answer.signed_digest);
    CHECK(digest<std::uint8_t>(pack(positive_values, options).bytes) == answer.positive_digest);
    options.importance = importance;
    CHECK(digest<std::uint8_t>(pack(signed_values, options).bytes) == answer.important_digest);
  }
}

TEST_CASE("any weights give the bytes of the naive form") {
  Random random(5);
  for (int trial = 0; trial < 40; ++trial) {
    const auto cols = static_cast<std::size_t>(random.integers(1, 600));
    const auto weights = sample_weights({.count = 3 * cols,
                                         .sigma = std::exp2(random.normal(-4, 6)),
                                         .outlier_fraction = 0.02,
                                         .outlier_scale = 30,
                                         .seed = static_cast<std::uint64_t>(trial)});
    const auto importance = test::importance_of(cols);
    for (const reference::KQuant& format : reference::k_quants()) {
      CAPTURE(format.id);
      PackOptions options{.format = format.id, .rows = 3};
      CHECK(pack(weights, options).bytes == reference::k_quant_bytes(format, weights, cols, {}));
      options.importance = importance;
      CHECK(pack(weights, options).bytes == reference::k_quant_bytes(format, weights, cols, importance));
    }
  }
}

TEST_CASE("any bytes decode, and name as many codes as there can be") {
  Random random(6);
  for (const reference::KQuant& format : reference::k_quants()) {
    const Format& found = find_format(format.id);
    const Layout layout{.rows = 2, .cols = 300};
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(found.packed_size(found, layout)));
    for (int trial = 0; trial < 20; ++trial) {
      for (std::uint8_t& one : bytes) one = static_cast<std::uint8_t>(random.integers(0, 256));
      CHECK(unpack(bytes, {.format = format.id, .rows = 2, .cols = 300}).size() == 600);
      CHECK(found.distinct_codes(found, bytes, layout) <= found.info.levels);
    }
    bytes.pop_back();
    CHECK_THROWS_AS(unpack(bytes, {.format = format.id, .rows = 2, .cols = 300}), EngineError);
  }
}

TEST_CASE("weights and super-blocks beyond fp16 scales are refused by name, and the engine serves on") {
  for (const reference::KQuant& format : reference::k_quants()) {
    std::vector<float> weights(600, 1);
    const PackOptions options{.format = format.id};
    weights[300] = -3e38f;
    CHECK_THROWS_WITH_AS(pack(weights, options), doctest::Contains("weights[300] is -3.00000001e+38, beyond"),
                         EngineError);
    // Within the range of the codes; minima that are not.
    const bool affine = block_fields(format.id).fields.size() == 5;
    const float large = format.id == "q2_k" ? 2e6f : affine ? 8e6f : 7e6f;
    for (std::size_t i = 256; i < 512; ++i) weights[i] = i % 2 == 0 ? large : -large;
    if (affine) {
      CHECK_THROWS_WITH_AS(pack(weights, options), doctest::Contains("weights[256] and those after it"),
                           EngineError);
    } else {
      CHECK(round_trip(weights, options).max_error < 0.2 * large);
    }
    CHECK_THROWS_AS(levels(format.id, 3e38f), EngineError);
    weights.assign(256, 1);
    CHECK(pack(weights, options).bytes.size() == format.quantize(weights, {}).size());
  }
}

TEST_CASE("the fields of a block fill its bytes") {
  for (const reference::KQuant& format : reference::k_quants()) {
    const BlockLayout layout = block_fields(format.id);
    CHECK(layout.block_size == 256);
    CHECK(layout.bytes == pack(std::vector<float>(256), {.format = format.id}).bytes.size());
    CHECK(8.0 * static_cast<double>(layout.bytes) / 256 == format_info(format.id).bits_per_weight);
  }
  CHECK(format_info("q4_k").bits_per_weight == 4.5);
  CHECK_THROWS_WITH_AS(block_fields("int4"), doctest::Contains("q3_k, q2_k"), EngineError);
}

}  // namespace compression
