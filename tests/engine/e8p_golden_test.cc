// The golden file comes from the code that the authors of QuIP# published.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/formats/vector/e8p_codebook.h"
#include "engine/formats/vector/e8p_nearest.h"
#include "engine/tensor/random.h"
#include "tests/engine/digest.h"
#include "tests/engine/golden.h"
#include "tests/engine/vectors.h"

namespace compression {
namespace {

std::uint64_t digest_of_codewords() {
  test::Digest digest;
  for (std::uint32_t code = 0; code < 65536; ++code) {
    const auto one = static_cast<std::uint16_t>(code);
    std::vector<float> vector(e8p_length);
    decode_e8p({&one, 1}, vector);
    for (const float value : vector) digest.add_one(static_cast<std::int8_t>(4 * value));
  }
  return digest.value();
}

}  // namespace

TEST_CASE("codewords of E8P, and those that are nearest, are those of the authors' code") {
  for (auto& fields : test::read_golden("e8p_codes")) {
    std::string what;
    fields >> what;
    if (what == "codewords") {
      CHECK(digest_of_codewords() == test::read_digest(fields));
      continue;
    }
    double sigma = 0;
    fields >> sigma;
    CAPTURE(sigma);
    std::vector<float> vectors(4096 * e8p_length);
    Random random(16);
    for (float& value : vectors) value = static_cast<float>(random.normal(0, sigma));
    std::vector<std::uint16_t> codes(4096);
    nearest_e8p(vectors, codes);
    CHECK(test::digest_of(std::span<const std::uint16_t>(codes)) == test::read_digest(fields));
    for (std::size_t i = 0; i < 4; ++i) {
      std::string code;
      fields >> code;
      CHECK(test::hexadecimal(std::vector{codes[i]}, 4) == code);
    }
  }
}

}  // namespace compression
