// The golden file comes from the code that the authors of KIVI published.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "engine/quantize/min_max.h"
#include "engine/tensor/matrix.h"
#include "engine/tensor/random.h"
#include "tests/engine/digest.h"
#include "tests/engine/golden.h"

namespace compression {

TEST_CASE("codes of keys and values are those of the authors' code of KIVI, and what they stand for") {
  constexpr std::size_t group = 32;
  for (auto& fields : test::read_golden("kivi_codes")) {
    std::string side;
    int bits = 0;
    fields >> side >> bits;
    CAPTURE(side);
    CAPTURE(bits);
    Matrix cache(96, 64);
    Random random(side == "keys" ? 17 : 18);
    for (std::size_t i = 0; i < cache.values().size(); ++i) {
      cache.values()[i] = static_cast<float>(random.normal(0, 1) * (i % 64 % 10 == 0 ? 6 : 1));
    }
    const ConstMatrixView numbers = cache.view();
    const ConstMatrixView groups = side == "keys" ? numbers.transposed() : numbers;
    const MinMaxCodes quantized = quantize_min_max(groups, bits, group, ScaleType::fp32);
    CHECK(test::digest_of(std::span(quantized.codes)) == test::read_digest(fields));
    const Matrix restored = dequantize(quantized, groups.cols, group);
    CHECK(test::digest_of(restored.values()) == test::read_digest(fields));
  }
}

}  // namespace compression
