/// Golden files: a first line `golden <kind> <version>`, comment lines with #, then one case per line.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "tests/engine/digest.h"

namespace compression::test {

/// The cases of tests/golden/<kind>.golden, as streams of their fields. A file of another kind or version
/// fails.
inline std::vector<std::istringstream> read_golden(const std::string& kind) {
  std::ifstream file(std::string(GOLDEN_FOLDER) + "/" + kind + ".golden");
  std::string line;
  std::getline(file, line);
  REQUIRE(line == "golden " + kind + " 1");
  std::vector<std::istringstream> cases;
  while (std::getline(file, line)) {
    if (!line.starts_with('#')) cases.emplace_back(line);
  }
  REQUIRE(!cases.empty());
  return cases;
}

/// The next field, a digest.
inline std::uint64_t read_digest(std::istringstream& fields) {
  std::string digest;
  fields >> digest;
  return std::stoull(digest, nullptr, 16);
}

/// The other fields: the digest of weights whose zeros have no sign, and the first of them that are not 0.
inline void check_weights(std::istringstream& fields, std::vector<float> weights) {
  for (float& weight : weights) weight += 0.0f;
  CHECK(digest_of(std::span<const float>(weights)) == read_digest(fields));
  auto weight = weights.begin();
  for (float expected = 0; fields >> expected; ++weight) {
    weight = std::find_if(weight, weights.end(), [](float value) { return value != 0; });
    REQUIRE(weight != weights.end());
    CHECK(*weight == expected);
  }
}

}  // namespace compression::test
