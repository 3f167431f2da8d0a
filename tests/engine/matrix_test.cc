#include "engine/tensor/matrix.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "engine/tensor/cholesky.h"
#include "engine/tensor/matrix_product.h"
#include "engine/tensor/random.h"

namespace compression {
namespace {

Matrix random_matrix(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  const auto values = sample_weights({.count = rows * cols, .sigma = 1, .seed = seed});
  return copy({values.data(), rows, cols, cols, 1});
}

/// xᵀ · x + n I: positive definite, with a condition number of a few.
Matrix random_definite(std::size_t n, std::uint64_t seed) {
  const Matrix x = random_matrix(n + 3, n, seed);
  Matrix h(n, n);
  add_gram_upper(h.view(), x.view());
  mirror_upper(h.view());
  for (std::size_t i = 0; i < n; ++i) h(i, i) += static_cast<float>(n);
  return h;
}

/// The naive product, summed in runs of 256.
float dot(ConstMatrixView a, ConstMatrixView b, std::size_t i, std::size_t j, float before, float sign) {
  for (std::size_t first = 0; first < a.cols; first += 256) {
    float sum = 0;
    for (std::size_t k = first; k < std::min(first + 256, a.cols); ++k) sum += a(i, k) * b(k, j);
    before += sign * sum;
  }
  return before;
}

void check_product(std::size_t m, std::size_t k, std::size_t n) {
  const Matrix a = random_matrix(m, k, m);
  const Matrix b = random_matrix(k, n, n + 100);
  const Matrix before = random_matrix(m, n, k + 200);
  const Matrix a_by_columns = copy(a.view().transposed());
  const Matrix b_by_columns = copy(b.view().transposed());
  Matrix sum = copy(before.view());
  Matrix difference = copy(before.view());
  add_product(sum.view(), a.view(), b.view());
  subtract_product(difference.view(), a_by_columns.view().transposed(), b_by_columns.view().transposed());
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      REQUIRE(sum(i, j) == dot(a.view(), b.view(), i, j, before(i, j), 1));
      REQUIRE(difference(i, j) == dot(a.view(), b.view(), i, j, before(i, j), -1));
    }
  }
}

/// The naive factor: every element minus the sum over each block of 64 rows above its own, minus one product
/// after the other within its own block, divided by the pivot's root.
Matrix naive_cholesky(const Matrix& a) {
  Matrix u(a.rows(), a.cols());
  for (std::size_t i = 0; i < a.rows(); ++i) {
    for (std::size_t j = i; j < a.cols(); ++j) {
      float x = a(i, j);
      const std::size_t own = i - i % 64;
      for (std::size_t first = 0; first < own; first += 64) {
        float sum = 0;
        for (std::size_t k = first; k < first + 64; ++k) sum += u(k, i) * u(k, j);
        x -= sum;
      }
      for (std::size_t k = own; k < i; ++k) x -= u(k, i) * u(k, j);
      u(i, j) = i == j ? std::sqrt(x) : x / u(i, i);
    }
  }
  return u;
}

constexpr std::size_t sizes[] = {1, 2, 3, 5, 7, 8, 13, 16, 31, 63, 64, 65, 97, 127, 128, 129, 211, 257};

}  // namespace

TEST_CASE("views share memory, copies do not") {
  Matrix m(2, 3);
  std::copy_n(std::vector<float>{1, 2, 3, 4, 5, 6}.begin(), 6, m.values().begin());
  CHECK(m.view().block(1, 1, 1, 2)(0, 1) == 6);
  CHECK(std::as_const(m).view().transposed()(2, 1) == 6);
  const Matrix turned = copy(std::as_const(m).view().transposed());
  m(0, 1) = 9;
  CHECK(turned.rows() == 3);
  CHECK(turned(1, 0) == 2);
  CHECK(std::move(m).release() == std::vector<float>{1, 9, 3, 4, 5, 6});
}

TEST_CASE("products equal the naive form bit for bit, at all sizes around the tile") {
  for (std::size_t m = 1; m <= 11; ++m) {
    for (std::size_t k = 0; k <= 5; ++k) {
      for (std::size_t n = 1; n <= 17; ++n) check_product(m, k, n);
    }
  }
}

TEST_CASE("products equal the naive form bit for bit, across blocks") {
  check_product(121, 257, 17);
  check_product(7, 600, 1031);
  check_product(0, 3, 4);
  check_product(241, 31, 5);
}

TEST_CASE("gram matrices are the upper triangle of the product, and mirrored are all of it") {
  for (const std::size_t n : sizes) {
    const Matrix a = random_matrix(19, n, n);
    Matrix gram(n, n);
    add_gram_upper(gram.view(), a.view());
    mirror_upper(gram.view());
    Matrix none = copy(std::as_const(gram).view());
    subtract_gram_upper(none.view(), a.view());
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        REQUIRE(gram(i, j) == dot(a.view().transposed(), a.view(), std::min(i, j), std::max(i, j), 0, 1));
        if (j >= i) REQUIRE(none(i, j) == 0);
      }
    }
  }
}

TEST_CASE("Cholesky equals the naive form bit for bit") {
  for (const std::size_t n : sizes) {
    const Matrix h = random_definite(n, n);
    Matrix u = copy(h.view());
    REQUIRE(cholesky(u.view()));
    const Matrix expected = naive_cholesky(h);
    REQUIRE(std::ranges::equal(u.values(), expected.values()));
  }
}

TEST_CASE("Cholesky says so where there is no factor") {
  Matrix indefinite(2, 2);
  std::copy_n(std::vector<float>{1, 2, 2, 1}.begin(), 4, indefinite.values().begin());
  CHECK_FALSE(cholesky(indefinite.view()));
  Matrix singular(70, 70);
  for (std::size_t i = 0; i < 69; ++i) singular(i, i) = 1;
  CHECK_FALSE(cholesky(singular.view()));
  CHECK(inverse_factor(std::as_const(singular).view()).rows() == 0);
  Matrix infinite(1, 1);
  infinite(0, 0) = INFINITY;
  CHECK_FALSE(cholesky(infinite.view()));
  CHECK(cholesky(Matrix().view()));
}

TEST_CASE("triangular inverse and solve undo the factor") {
  for (const std::size_t n : sizes) {
    const Matrix h = random_definite(n, n);
    Matrix u = copy(h.view());
    REQUIRE(cholesky(u.view()));
    Matrix inverse = copy(std::as_const(u).view());
    invert_upper(inverse.view());
    Matrix identity(n, n);
    add_product(identity.view(), std::as_const(u).view(), std::as_const(inverse).view());
    // uᵀ · x = h has the solution x = u.
    Matrix solved = copy(h.view());
    solve_transposed_upper(std::as_const(u).view(), solved.view());
    // n terms, each rounded to 2^-24 of itself, and a condition number below 10.
    const double bound = 10 * static_cast<double>(n) * 0x1p-24;
    const double scale = std::sqrt(static_cast<double>(h(0, 0)));
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        REQUIRE(std::abs(static_cast<double>(identity(i, j)) - (i == j ? 1 : 0)) <= bound);
        REQUIRE(std::abs(static_cast<double>(solved(i, j)) - static_cast<double>(u(i, j))) <=
                bound * scale * 4);
        if (j < i) REQUIRE(inverse(i, j) == 0);
      }
    }
  }
}

TEST_CASE("the inverse factor gives the inverse, and its rows those of the inverses of what is left") {
  for (const std::size_t size : sizes) {
    const Matrix h = random_definite(size, size);
    const Matrix u = inverse_factor(h.view());
    Matrix inverse(size, size);
    add_gram_upper(inverse.view(), u.view());
    mirror_upper(inverse.view());
    Matrix identity(size, size);
    add_product(identity.view(), h.view(), std::as_const(inverse).view());
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) {
        REQUIRE(std::abs(static_cast<double>(identity(i, j)) - (i == j ? 1 : 0)) <=
                10 * static_cast<double>(size) * 0x1p-24);
        if (j < i) REQUIRE(u(i, j) == 0);
      }
    }
    const Matrix rest = inverse_factor(h.view().block(size / 2, size / 2, size - size / 2, size - size / 2));
    for (std::size_t j = 0; j < rest.cols(); ++j) {
      REQUIRE(static_cast<double>(rest(0, j)) ==
              doctest::Approx(static_cast<double>(u(size / 2, size / 2 + j))).epsilon(1e-4));
    }
  }
}

}  // namespace compression
