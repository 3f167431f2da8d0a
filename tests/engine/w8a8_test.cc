#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/error.h"
#include "engine/quantize/int8_product.h"
#include "engine/quantize/llm_int8.h"
#include "engine/quantize/smoothquant.h"
#include "engine/tensor/random.h"
#include "tests/engine/layers.h"

namespace compression {
namespace {

using test::matrix;
using test::p32;
using test::SmallLayer;

/// Mean squared difference from the product in double.
double mean_squared_error(const Matrix& weights, const Matrix& x, const Matrix& output) {
  double sum = 0;
  for (std::size_t t = 0; t < x.rows(); ++t) {
    for (std::size_t i = 0; i < weights.rows(); ++i) {
      double exact = 0;
      for (std::size_t j = 0; j < x.cols(); ++j) {
        exact += static_cast<double>(x(t, j)) * static_cast<double>(weights(i, j));
      }
      sum += (exact - static_cast<double>(output(t, i))) * (exact - static_cast<double>(output(t, i)));
    }
  }
  return sum / static_cast<double>(x.rows() * weights.rows());
}

}  // namespace

TEST_CASE("int8 products are those of integers") {
  for (const std::size_t inputs : {std::size_t{3}, std::size_t{1024}, std::size_t{2500}}) {
    const auto values = sample_weights({.count = 7 * inputs, .sigma = 1, .seed = inputs});
    const Int8Rows a = quantize_rows({values.data(), 7, inputs, inputs, 1}, false);
    const Int8Rows b = quantize_rows({values.data(), 5, inputs, inputs, 1}, true);
    const Matrix product = int8_product(a, b);
    for (std::size_t i = 0; i < 7; ++i) {
      for (std::size_t j = 0; j < 5; ++j) {
        std::int64_t sum = 0;
        for (std::size_t k = 0; k < inputs; ++k) {
          sum += static_cast<std::int64_t>(a.codes(i, k)) * static_cast<std::int64_t>(b.codes(j, k));
        }
        CHECK(product(i, j) == static_cast<float>(sum) * a.scales[i] * b.scales[j]);
      }
    }
  }
  // All at 127: sums beyond 2^24 that float32 alone would round.
  Matrix full(1, 3001);
  for (float& value : full.values()) value = 1;
  full(0, 3000) = 1.0f / 127;
  const Int8Rows rows = quantize_rows(full.view(), false);
  CHECK(int8_product(rows, rows)(0, 0) ==
        static_cast<float>(3000 * 127 * 127 + 1) * rows.scales[0] * rows.scales[0]);
}

TEST_CASE("known answers of SmoothQuant") {
  SmallLayer layer = p32();
  for (std::size_t t = 0; t < 256; ++t) {
    layer.x(t, 3) *= 60;
    layer.x(t, 17) *= 40;
  }
  struct Answer {
    SmoothQuantOptions options;
    double per_token, per_tensor;
  };
  for (const Answer& answer :
       {Answer{{.smooth = false}, 0.0479522, 0.250751}, Answer{{.alpha = 0.25}, 0.00965755, 0.0531565},
        Answer{{.alpha = 0.5}, 0.0053475, 0.0229963}, Answer{{.alpha = 0.75}, 0.0102415, 0.0222283},
        Answer{{.alpha = 1}, 0.0485088, 0.0525644}}) {
    SmoothQuantOptions options = answer.options;
    const auto error = [&] {
      const SmoothedLayer smoothed = smoothquant(layer.layer(), options);
      return mean_squared_error(layer.weights, layer.x,
                                smoothed_output(layer.weights.view(), smoothed, layer.x.view()));
    };
    CHECK(error() == doctest::Approx(answer.per_token).epsilon(1e-4));
    options.per_tensor = true;
    CHECK(error() == doctest::Approx(answer.per_tensor).epsilon(1e-4));
  }
}

TEST_CASE("SmoothQuant's scales balance activations and weights") {
  const Matrix x = matrix(2, {8, 1, .5, -16, 1, 0, .25, 2});
  const Matrix w = matrix(2, {.5, -1, 2, .1, .2, .5, 1, .25});
  const auto scales = [&](double alpha) {
    return smoothquant({.weights = w.view(), .calibration = x.view()}, {.alpha = alpha}).scales;
  };
  const double half[] = {4, 1, 0.5, 8};
  const double more[] = {5.656854249, 1, 0.5, 11.313708499};
  for (std::size_t j = 0; j < 4; ++j) {
    CHECK(static_cast<double>(scales(0.5)[j]) == doctest::Approx(half[j]).epsilon(1e-7));
    CHECK(static_cast<double>(scales(0.75)[j]) == doctest::Approx(more[j]).epsilon(1e-7));
  }
  CHECK_THROWS_WITH_AS(scales(1.5), doctest::Contains("alpha"), EngineError);
}

TEST_CASE("known answers of LLM.int8()") {
  const Matrix x = matrix(3, {.5, -1, 7.5, .25, -.75, .3, -8, 1.5, .1, .2, .3, -.4});
  const Matrix w = matrix(2, {.2, -.5, .1, .7, 1, .4, -.05, -.3});
  const LlmInt8Product split = llm_int8_product(w.view(), x.view());
  CHECK(split.outlier_inputs == std::vector<std::uint32_t>{2});
  const double with[] = {1.522041044, -0.327360655, -0.041794284, -0.708196416, -0.331342303, 0.287246574};
  const LlmInt8Product whole = llm_int8_product(w.view(), x.view(), 0);
  CHECK(whole.outlier_inputs.empty());
  const double without[] = {1.506742513, -0.355725711, -0.043400087, -0.703825408, -0.331420423, 0.287283775};
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(static_cast<double>(split.output.values()[i]) == doctest::Approx(with[i]).epsilon(1e-6));
    CHECK(static_cast<double>(whole.output.values()[i]) == doctest::Approx(without[i]).epsilon(1e-6));
  }
  CHECK_THROWS_WITH_AS(llm_int8_product(w.view(), x.view(), -1), doctest::Contains("threshold"), EngineError);
  CHECK_THROWS_WITH_AS(llm_int8_product(w.view(), x.view(), std::nan("")), doctest::Contains("threshold"),
                       EngineError);
}

}  // namespace compression
