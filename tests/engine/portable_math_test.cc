#include "engine/tensor/portable_math.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "engine/tensor/random.h"
#include "tests/engine/digest.h"

namespace compression {
namespace {

/// Difference in units in the last place of the expected number.
double ulps(double value, double expected) {
  const double unit = std::nextafter(std::abs(expected), INFINITY) - std::abs(expected);
  return std::abs(value - expected) / unit;
}

}  // namespace

TEST_CASE("the portable functions agree with the C library's") {
  // Both sides may be off by an ulp, in opposite directions.
  Random random(11);
  for (int i = 0; i < 100'000; ++i) {
    const double x = random.normal(0, 100);
    const double u = random.random();
    const double scale = std::ldexp(u, static_cast<int>(random.integers(-1000, 1000)));
    CHECK(ulps(exponential(x), std::exp(x)) <= 2);
    CHECK(ulps(exponential(u - 0.5), std::exp(u - 0.5)) <= 2);
    CHECK(ulps(log_one_plus(-u), std::log1p(-u)) <= 2);
    CHECK(ulps(log_one_plus(x * x), std::log1p(x * x)) <= 2);
    CHECK(ulps(log_one_plus(1e-6 * x), std::log1p(1e-6 * x)) <= 2);
    CHECK(ulps(logarithm(scale), std::log(scale)) <= 2);
    CHECK(ulps(logarithm2(scale), std::log2(scale)) <= 3);
    CHECK(ulps(logarithm10(scale), std::log10(scale)) <= 3);
  }
}

TEST_CASE("the portable functions at their ends") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(exponential(0) == 1);
  CHECK(exponential(-746) == 0);
  CHECK(exponential(-745) == std::numeric_limits<double>::denorm_min());
  CHECK(exponential(std::numeric_limits<double>::lowest()) == 0);
  CHECK(exponential(710) == infinity);
  CHECK(logarithm(1) == 0);
  CHECK(logarithm(0) == -infinity);
  CHECK(logarithm2(0) == -infinity);
  CHECK(logarithm10(0) == -infinity);
  CHECK(log_one_plus(0) == 0);
  CHECK(log_one_plus(1e-300) == 1e-300);
  for (int exponent = -1074; exponent < 1024; ++exponent)
    CHECK(logarithm2(std::ldexp(1.0, exponent)) == exponent);
}

TEST_CASE("the portable functions give these bits in every build") {
  Random random(12);
  test::Digest digest;
  for (int i = 0; i < 10'000; ++i) {
    const double u = random.random();
    for (const double value :
         {exponential(-50 * u), log_one_plus(-u), logarithm(u), logarithm2(u), logarithm10(u)}) {
      digest.add_one(value);
    }
  }
  CHECK(digest.value() == 0xa09dee059518786f);
}

}  // namespace compression
