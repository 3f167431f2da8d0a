#include "engine/tensor/hadamard.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <vector>

#include "engine/error.h"
#include "engine/tensor/hadamard_matrix.h"
#include "engine/tensor/random.h"
#include "engine/tensor/randomized_hadamard.h"
#include "tests/engine/digest.h"
#include "tests/engine/test_data.h"

namespace compression {
namespace {

/// Entry (i, j) of H_K ⊗ W ⊗ … ⊗ W, unscaled, by its definition.
float entry(const std::vector<float>& matrix, std::size_t order, std::size_t length, std::size_t i,
            std::size_t j) {
  const std::size_t block = length / order;
  float sign = matrix[i / block * order + j / block];
  for (std::size_t common = (i % block) & (j % block); common != 0; common &= common - 1) sign = -sign;
  return sign;
}

void add_scaled(double* sums, double factor, const double* terms, std::size_t count) {
  for (std::size_t c = 0; c < count; ++c) sums[c] += factor * terms[c];
}

struct Products {
  std::vector<double> applied;  // [length, width]
  std::vector<double> undone;   // [length, width]
};

/// The products with the matrix and with its transpose, in double, in n² steps.
Products naive(std::span<const float> values, std::size_t order, std::size_t length) {
  const auto matrix = hadamard_matrix(order);
  const std::size_t width = values.size() / length;
  const std::vector<double> scaled = [&] {
    std::vector<double> result(values.begin(), values.end());
    for (double& value : result) value /= std::sqrt(static_cast<double>(length));
    return result;
  }();
  Products products{std::vector<double>(values.size()), std::vector<double>(values.size())};
  for (std::size_t i = 0; i < length; ++i) {
    for (std::size_t j = 0; j < length; ++j) {
      const double h = entry(matrix, order, length, i, j);
      add_scaled(products.applied.data() + i * width, h, scaled.data() + j * width, width);
      add_scaled(products.undone.data() + j * width, h, scaled.data() + i * width, width);
    }
  }
  return products;
}

/// The first columns of a matrix of `columns`.
template <typename Number>
std::vector<Number> first_columns(const std::vector<Number>& matrix, std::size_t columns, std::size_t width) {
  std::vector<Number> result;
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    if (i % columns < width) result.push_back(matrix[i]);
  }
  return result;
}

std::vector<float> normal(std::size_t count, std::uint64_t seed = 5) {
  return sample_weights({.count = count, .sigma = 1, .seed = seed});
}

void check_near(std::span<const float> values, std::span<const double> expected) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    REQUIRE(std::abs(static_cast<double>(values[i]) - expected[i]) < 1e-5);
  }
}

}  // namespace

TEST_CASE("every Hadamard matrix is of ±1 and has orthogonal rows") {
  for (const std::size_t order : hadamard_orders) {
    CAPTURE(order);
    const auto h = hadamard_matrix(order);
    REQUIRE(h.size() == order * order);
    for (std::size_t i = 0; i < order; ++i) {
      for (std::size_t j = 0; j < order; ++j) {
        REQUIRE(std::abs(h[i * order + j]) == 1);
        float product = 0;
        for (std::size_t k = 0; k < order; ++k) product += h[i * order + k] * h[j * order + k];
        REQUIRE(product == (i == j ? static_cast<float>(order) : 0));
      }
    }
  }
  CHECK_THROWS_WITH_AS(hadamard_matrix(4), doctest::Contains("order"), EngineError);
}

TEST_CASE("the Walsh–Hadamard transform of 1…8 in natural order") {
  std::vector<float> values = {1, 2, 3, 4, 5, 6, 7, 8};
  HadamardTransform(8).apply(values);
  check_near(values, std::vector<double>{12.727922061, -1.414213562, -2.828427125, 0, -5.656854249, 0, 0, 0});
}

TEST_CASE("the fast transform is the matrix product, at every order, of vectors and of columns, and back") {
  for (const std::size_t order : hadamard_orders) {
    for (const std::size_t power : std::initializer_list<std::size_t>{1, 2, 4, 8, 32}) {
      constexpr std::size_t columns = 17;
      const std::size_t length = order * power;
      const HadamardTransform transform(length);
      const auto matrix = normal(length * columns);
      const Products expected = naive(matrix, order, length);
      for (const std::size_t width : std::initializer_list<std::size_t>{1, 3, columns}) {
        CAPTURE(length);
        CAPTURE(width);
        const auto original = first_columns(matrix, columns, width);
        auto values = original;
        transform.apply(values);
        check_near(values, first_columns(expected.applied, columns, width));
        transform.undo(values);
        check_near(values, std::vector<double>(original.begin(), original.end()));
        transform.undo(values);
        check_near(values, first_columns(expected.undone, columns, width));
      }
    }
  }
}

TEST_CASE("a long transform is its own inverse and keeps the norm") {
  const auto original = normal(1 << 14);
  auto values = original;
  HadamardTransform transform(values.size());
  transform.apply(values);
  double before = 0;
  double after = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    before += static_cast<double>(original[i]) * static_cast<double>(original[i]);
    after += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  }
  CHECK(after == doctest::Approx(before).epsilon(1e-6));
  transform.apply(values);
  check_near(values, std::vector<double>(original.begin(), original.end()));
}

TEST_CASE("lengths without a transform are refused, and the longest within is found") {
  for (const std::size_t length : std::initializer_list<std::size_t>{0, 3, 6, 11, 44, 1000})
    CHECK_THROWS_AS(HadamardTransform{length}, EngineError);
  std::vector<float> nine(9);
  CHECK_THROWS_WITH_AS(HadamardTransform(8).apply(nine), doctest::Contains("multiple of 8"), EngineError);
  CHECK(HadamardTransform::longest_within(1) == 1);
  CHECK(HadamardTransform::longest_within(3) == 2);
  CHECK(HadamardTransform::longest_within(13) == 12);
  CHECK(HadamardTransform::longest_within(10'000) == 9984);
  CHECK(HadamardTransform::longest_within(11'008) == 11'008);
  for (std::size_t length = 1; length <= 5000; ++length) {
    const std::size_t longest = HadamardTransform::longest_within(length);
    REQUIRE(HadamardTransform(longest).length() == longest);
    REQUIRE(longest <= length);
    if (length > 16) REQUIRE(5 * longest > 4 * length);
  }
}

TEST_CASE("the randomized transform is orthogonal for every length, on rows and on columns") {
  for (const std::size_t length : std::initializer_list<std::size_t>{1, 2, 3, 7, 13, 100, 1001}) {
    Random random(length);
    const RandomizedHadamard transform(random_signs(length, random));
    for (const std::size_t other : std::initializer_list<std::size_t>{1, 5}) {
      const auto original = normal(length * other);
      auto columns = original;
      transform.apply(columns);
      // The same numbers, transposed, as rows.
      std::vector<float> rows(original.size());
      for (std::size_t i = 0; i < length; ++i) {
        for (std::size_t j = 0; j < other; ++j) rows[j * length + i] = original[i * other + j];
      }
      transform.apply_to_rows(rows);
      for (std::size_t i = 0; i < length; ++i) {
        for (std::size_t j = 0; j < other; ++j) REQUIRE(rows[j * length + i] == columns[i * other + j]);
      }
      transform.undo(columns);
      check_near(columns, std::vector<double>(original.begin(), original.end()));
      transform.undo_rows(rows);
      for (std::size_t i = 0; i < length; ++i) {
        for (std::size_t j = 0; j < other; ++j) {
          REQUIRE(rows[j * length + i] == doctest::Approx(original[i * other + j]).epsilon(1e-4));
        }
      }
    }
  }
}

TEST_CASE("signs are NumPy's: default_rng(7).random(8) < 0.5") {
  Random random(7);
  CHECK(random_signs(8, random) == std::vector<float>{-1, -1, -1, 1, 1, -1, 1, -1});
}

TEST_CASE("the proxy loss does not change under the transform") {
  const test::SmallLayer layer;
  const std::size_t n = test::SmallLayer::inputs;
  std::vector<double> h = layer.hessian(2);
  double mean = 0;
  for (std::size_t i = 0; i < n; ++i) mean += h[i * n + i] / static_cast<double>(n);
  for (double& value : h) value /= mean;
  for (std::size_t i = 0; i < n; ++i) h[i * n + i] += 0.01;
  CHECK(test::proxy_loss(layer.weights, h, n) == doctest::Approx(147.866836257).epsilon(1e-9));

  test::Lcg random(7);
  const auto signs = [&](std::size_t count) {
    std::vector<float> all(count);
    for (float& sign : all) sign = random.next() < 0.5 ? 1.0f : -1.0f;
    return all;
  };
  const RandomizedHadamard inputs(signs(n));
  const RandomizedHadamard outputs(signs(test::SmallLayer::outputs));
  std::vector<float> weights(layer.weights.begin(), layer.weights.end());
  inputs.apply_to_rows(weights);
  outputs.apply(weights);
  std::vector<float> turned(h.begin(), h.end());
  inputs.apply_to_rows(turned);
  inputs.apply(turned);
  CHECK(test::proxy_loss({weights.begin(), weights.end()}, {turned.begin(), turned.end()}, n) ==
        doctest::Approx(147.866836257).epsilon(1e-5));
}

TEST_CASE("every build transforms to the same bits") {
  test::Digest digest;
  for (const std::size_t length : std::initializer_list<std::size_t>{3, 64, 96, 11008}) {
    Random random(length);
    const RandomizedHadamard transform(random_signs(length, random));
    auto values = normal(5 * length);
    transform.apply(values);
    transform.apply_to_rows(values);
    digest.add(std::span<const float>(values));
  }
  CHECK(digest.value() == 0xc68d42750b1da48d);
}

}  // namespace compression
