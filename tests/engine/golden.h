/// Golden files: a first line `golden <kind> <version>`, comment lines with #, then one case per line.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

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

}  // namespace compression::test
