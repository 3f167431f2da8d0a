#include "engine/tensor/random.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "tests/engine/digest.h"
#include "tests/engine/golden.h"

namespace compression {
namespace {

constexpr std::size_t count = 10'000;

template <class T>
std::uint64_t digest_of(const std::vector<T>& values) {
  test::Digest digest;
  digest.add(std::span<const T>(values));
  return digest.value();
}

template <class Draw>
auto draws(Draw draw) {
  std::vector<decltype(draw())> values(count);
  for (auto& value : values) value = draw();
  return values;
}

struct Golden {
  std::uint64_t seed = 0;
  std::string method, digest, first, last;
};

void check(const Golden& golden, const std::vector<double>& values) {
  CHECK(values.front() == std::strtod(golden.first.c_str(), nullptr));
  CHECK(values.back() == std::strtod(golden.last.c_str(), nullptr));
  CHECK(digest_of(values) == std::stoull(golden.digest, nullptr, 16));
}

void check(const Golden& golden, const std::vector<std::int64_t>& values) {
  CHECK(values.front() == std::stoll(golden.first));
  CHECK(values.back() == std::stoll(golden.last));
  CHECK(digest_of(values) == std::stoull(golden.digest, nullptr, 16));
}

void check_method(const Golden& golden) {
  Random random(golden.seed);
  long long low = 0;
  long long high = 0;
  double loc = 0;
  double scale = 0;
  if (golden.method == "random") {
    check(golden, draws([&] { return random.random(); }));
  } else if (golden.method == "standard_normal") {
    check(golden, draws([&] { return random.standard_normal(); }));
  } else if (std::sscanf(golden.method.c_str(), "normal(%lf,%lf)", &loc, &scale) == 2) {
    check(golden, draws([&] { return random.normal(loc, scale); }));
  } else if (std::sscanf(golden.method.c_str(), "integers(%lld,%lld)", &low, &high) == 2) {
    check(golden, draws([&] { return random.integers(low, high); }));
  } else {
    FAIL("unknown method " << golden.method);
  }
}

void check_tail(const Golden& golden) {
  Random random(golden.seed);
  std::vector<double> tail;
  for (int i = 0; i < 1'000'000; ++i) {
    const double x = random.standard_normal();
    if (std::abs(x) > 3.6541528853610088) tail.push_back(x);
  }
  CHECK("tail(" + std::to_string(tail.size()) + ")" == golden.method);
  check(golden, tail);
}

}  // namespace

TEST_CASE("every method draws NumPy's stream, bit for bit") {
  for (auto& fields : test::read_golden("random_draws")) {
    Golden golden;
    fields >> golden.seed >> golden.method >> golden.digest >> golden.first >> golden.last;
    CAPTURE(golden.seed);
    CAPTURE(golden.method);
    if (golden.method.starts_with("tail")) {
      check_tail(golden);
    } else {
      check_method(golden);
    }
  }
}

TEST_CASE("the spare half of a 64-bit draw waits for the next 32-bit one, whatever is drawn between") {
  Random halves(3);
  Random words(3);
  const std::uint64_t first = words.next_uint64();
  const std::uint64_t second = words.next_uint64();
  CHECK(halves.next_uint32() == static_cast<std::uint32_t>(first));
  CHECK(halves.next_uint64() == second);
  CHECK(halves.next_uint32() == static_cast<std::uint32_t>(first >> 32));
}

TEST_CASE("integers at the ends of their range") {
  Random random(0);
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  CHECK(random.integers(7, 8) == 7);
  CHECK(random.integers(highest - 1, highest) == highest - 1);
  for (int i = 0; i < 100; ++i) CHECK(random.integers(lowest, highest) < highest);
  CHECK_THROWS_WITH_AS(random.integers(3, 3), "low must be below high: 3, 3", EngineError);
}

TEST_CASE("sample_weights refuses what is no share and no deviation") {
  CHECK(sample_weights({.count = 0}).empty());
  CHECK_THROWS_WITH_AS(sample_weights({.count = 1, .sigma = -1}), doctest::Contains("sigma"), EngineError);
  CHECK_THROWS_WITH_AS(sample_weights({.count = 1, .outlier_fraction = 1.5}),
                       doctest::Contains("outlierFraction"), EngineError);
  CHECK_THROWS_WITH_AS(sample_weights({.count = 1, .outlier_scale = std::nan("")}),
                       doctest::Contains("outlierScale"), EngineError);
}

}  // namespace compression
