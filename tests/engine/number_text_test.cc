#include "engine/number_text.h"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <limits>
#include <string>

#include "engine/tensor/random.h"

namespace compression {
namespace {

std::string by_the_c_library(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.9g", value);
  return text.data();
}

}  // namespace

TEST_CASE("numbers in messages are written as the C library writes them") {
  for (const double value : {0.0,
                             -0.0,
                             1.0,
                             -1.0,
                             0.1,
                             0.0001,
                             0.00001,
                             0.000099999999951,
                             1e-9,
                             999999999.0,
                             999999999.4,
                             999999999.6,
                             1e9,
                             1e10,
                             123456789.0,
                             65504.0,
                             1e22,
                             1e100,
                             1e300,
                             -1e-300,
                             std::numeric_limits<double>::max(),
                             std::numeric_limits<double>::min(),
                             std::numeric_limits<double>::denorm_min(),
                             std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()}) {
    CHECK(number_text(value) == by_the_c_library(value));
  }
  CHECK(number_text(std::numeric_limits<double>::quiet_NaN()) == "nan");
}

TEST_CASE("numbers of all sizes, and numbers of few digits, too") {
  Random random(3);
  for (int draw = 0; draw < 20000; ++draw) {
    const double any = std::bit_cast<double>(random.next_uint64());
    if (!std::isnan(any)) REQUIRE(number_text(any) == by_the_c_library(any));
    const auto weight = static_cast<double>(static_cast<float>(random.standard_normal()));
    REQUIRE(number_text(weight) == by_the_c_library(weight));
    const double decimal = static_cast<double>(random.integers(-100000, 100000)) / 1000;
    REQUIRE(number_text(decimal) == by_the_c_library(decimal));
  }
}

}  // namespace compression
