// The golden file comes from ggml's own library; the naive form and the engine have to equal it, in every
// build.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tests/engine/digest.h"
#include "tests/engine/golden.h"
#include "tests/engine/k_quant_cases.h"
#include "tests/engine/k_quant_reference.h"

namespace compression {
namespace {

std::uint64_t digest(std::span<const std::uint8_t> bytes) {
  test::Digest all;
  all.add(bytes);
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
    CHECK(digest(reference::k_quant_bytes(format, one.weights, one.cols, {})) == golden.packed);
    CHECK(digest(reference::k_quant_bytes(format, one.weights, one.cols, importance)) ==
          golden.important_packed);
  }
}

}  // namespace compression
