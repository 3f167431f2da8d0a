#include "engine/quantize/gptq.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/layer.h"
#include "engine/quantize/sample_layer.h"
#include "engine/tensor/cholesky.h"
#include "engine/tensor/random.h"
#include "tests/engine/layers.h"

namespace compression {
namespace {

using test::p32;
using test::quadratic_error;
using test::SmallLayer;
using test::tiny;

using Codes = std::vector<std::uint8_t>;

double total(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Optimal Brain Quantization in a fixed order, without a factor: after each input its row and column are
/// eliminated from the inverse, in double.
std::vector<double> eliminate(const SmallLayer& layer, const GptqResult& result, const UniformGrid& grid) {
  const std::size_t n = layer.weights.cols();
  const Matrix h = hessian(layer.x.view());
  double mean = 0;
  for (std::size_t i = 0; i < n; ++i) mean += static_cast<double>(h(i, i)) / static_cast<double>(n);
  // Gauss-Jordan: [H + damping I | I] → [I | inverse].
  std::vector<std::vector<double>> rows(n, std::vector<double>(2 * n));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j)
      rows[i][j] = static_cast<double>(h(i, j)) + (i == j ? 0.01 * mean : 0);
    rows[i][n + i] = 1;
  }
  for (std::size_t p = 0; p < n; ++p) {
    const double pivot = rows[p][p];
    for (double& x : rows[p]) x /= pivot;
    for (std::size_t i = 0; i < n; ++i) {
      if (i == p) continue;
      const double factor = rows[i][p];
      for (std::size_t j = 0; j < 2 * n; ++j) rows[i][j] -= factor * rows[p][j];
    }
  }
  std::vector<double> values;
  for (std::size_t r = 0; r < layer.weights.rows(); ++r) {
    std::vector<std::vector<double>> inverse(n);
    for (std::size_t i = 0; i < n; ++i)
      inverse[i].assign(rows[i].begin() + static_cast<std::ptrdiff_t>(n), rows[i].end());
    std::vector<double> w(n);
    for (std::size_t i = 0; i < n; ++i) w[i] = static_cast<double>(layer.weights(r, i));
    for (std::size_t p = 0; p < n; ++p) {
      const auto weight = static_cast<float>(w[p]);
      const float parameters[] = {result.grid.parameters[0](r, 0), result.grid.parameters[1](r, 0)};
      std::uint8_t code = 0;
      float value = 0;
      grid.round(p, {&weight, 1}, {parameters, 2, 1, 1}, {&code, 1}, {&value, 1});
      const double error = (w[p] - static_cast<double>(value)) / inverse[p][p];
      for (std::size_t j = p; j < n; ++j) w[j] -= error * inverse[p][j];
      w[p] = static_cast<double>(value);
      const std::vector<double> pivot_row = inverse[p];
      for (std::size_t i = p + 1; i < n; ++i) {
        const double factor = inverse[i][p] / pivot_row[p];
        for (std::size_t j = p; j < n; ++j) inverse[i][j] -= factor * pivot_row[j];
      }
    }
    values.insert(values.end(), w.begin(), w.end());
  }
  return values;
}

}  // namespace

TEST_CASE("the Hessian and its inverse factor of the tiny layer") {
  const SmallLayer layer = tiny();
  const Matrix h = hessian(layer.x.view());
  CHECK(static_cast<double>(h(0, 0)) == doctest::Approx(2.166666667));
  CHECK(static_cast<double>(h(3, 1)) == doctest::Approx(-0.458333333));
  const InverseHessian inverse = invert_hessian(copy(h.view()), 0.01, false);
  CHECK(inverse.damping == 0.01);
  CHECK(inverse.dead.empty());
  const double expected[] = {1.355499831,
                             -2.357453569,
                             1.536428712,
                             -2.541538488,
                             0,
                             1.381813894,
                             -1.135508117,
                             1.724650007,
                             0,
                             0,
                             1.553607013,
                             -0.730321581,
                             0,
                             0,
                             0,
                             1.371249481};
  for (std::size_t i = 0; i < 16; ++i) {
    CHECK(static_cast<double>(inverse.factor.values()[i]) == doctest::Approx(expected[i]).epsilon(2e-6));
  }
}

TEST_CASE("a Hessian gathered in batches is that of all of them") {
  const SmallLayer layer = p32();
  HessianSum sum(32);
  for (std::size_t first = 0; first < 256; first += 100) {
    sum.add(layer.x.view().block(first, 0, std::min<std::size_t>(100, 256 - first), 32));
  }
  const Matrix batches = sum.mean();
  const Matrix at_once = hessian(layer.x.view());
  CHECK(static_cast<double>(at_once(0, 0)) == doctest::Approx(0.175099021));
  for (std::size_t i = 0; i < 32 * 32; ++i) {
    CHECK(static_cast<double>(batches.values()[i]) ==
          doctest::Approx(static_cast<double>(at_once.values()[i])).epsilon(1e-5));
  }
}

TEST_CASE("known answers of GPTQ and of rounding on the tiny layer") {
  struct Answer {
    int bits;
    GridRange range;
    std::vector<double> scales;
    Codes rounded;
    double rounding_error;
    Codes codes;
    double error;
    double loss;
  };
  const std::vector<Answer> answers = {{3,
                                        GridRange::asymmetric,
                                        {0.228571429, 0.2},
                                        {7, 1, 4, 0, 4, 7, 0, 5},
                                        0.0258482143,
                                        {7, 1, 4, 0, 4, 6, 1, 3},
                                        0.0141815476,
                                        0.00828112511},
                                       {3,
                                        GridRange::full,
                                        {0.257142857, 0.228571429},
                                        {7, 2, 5, 1, 4, 7, 1, 6},
                                        0.16026148,
                                        {7, 3, 5, 2, 4, 7, 2, 5},
                                        0.0690369898,
                                        0.0352311357},
                                       {2,
                                        GridRange::asymmetric,
                                        {0.533333333, 0.466666667},
                                        {3, 0, 1, 0, 1, 3, 0, 2},
                                        0.104386574,
                                        {3, 0, 2, 0, 1, 3, 0, 2},
                                        0.155127315,
                                        0.078732827},
                                       {4,
                                        GridRange::asymmetric,
                                        {0.106666667, 0.093333333},
                                        {15, 3, 9, 0, 7, 15, 0, 10},
                                        0.0125032407,
                                        {15, 4, 9, 1, 7, 15, 0, 10},
                                        0.00385138889,
                                        0.00202081539}};
  const SmallLayer layer = tiny();
  for (const Answer& answer : answers) {
    CAPTURE(answer.bits);
    const UniformGrid grid(answer.bits, answer.range, ScaleType::fp32);
    const GridWeights rounded = round_to_nearest(layer.weights.view(), grid, 0);
    CHECK(rounded.codes == answer.rounded);
    CHECK(quadratic_error(layer, rounded.weights.view()) ==
          doctest::Approx(answer.rounding_error).epsilon(1e-5));
    const GptqResult result = gptq(layer.weights.view(), hessian(layer.x.view()), grid, {});
    CHECK(result.grid.codes == answer.codes);
    CHECK(quadratic_error(layer, result.grid.weights.view()) == doctest::Approx(answer.error).epsilon(1e-5));
    CHECK(total(result.losses) == doctest::Approx(answer.loss).epsilon(1e-5));
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(static_cast<double>(result.grid.parameters[0](i, 0)) == doctest::Approx(answer.scales[i]));
    }
    const std::vector<double> expected = eliminate(layer, result, grid);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK(static_cast<double>(result.grid.weights.values()[i]) ==
            doctest::Approx(expected[i]).epsilon(1e-6));
    }
  }
}

TEST_CASE("the weights of the tiny layer after each input") {
  const double states[4][8] = {
      {0.914285714, -0.42484538, 0.266192537, -0.726785465, 0.2, 0.626082341, -0.486652239, 0.162501748},
      {0.914285714, -0.457142857, 0.292733049, -0.767096135, 0.2, 0.6, -0.465219027, 0.129948225},
      {0.914285714, -0.457142857, 0.228571429, -0.736934958, 0.2, 0.6, -0.4, 0.099289981},
      {0.914285714, -0.457142857, 0.228571429, -0.685714286, 0.2, 0.6, -0.4, 0.0}};
  const SmallLayer layer = tiny();
  std::size_t inputs_done = 0;
  gptq(layer.weights.view(), hessian(layer.x.view()), UniformGrid(3, GridRange::asymmetric, ScaleType::fp32),
       {.block = 1}, {}, [&](ConstMatrixView weights, std::size_t done) {
         CHECK(done == ++inputs_done);
         for (std::size_t i = 0; i < 8; ++i) {
           CHECK(static_cast<double>(weights(i % 4, i / 4)) ==
                 doctest::Approx(states[done - 1][i]).epsilon(2e-6));
         }
       });
  CHECK(inputs_done == 4);
}

TEST_CASE("known answers of GPTQ on 32 inputs, with all its options") {
  struct Row {
    int bits;
    double rtn, whole, act_order, grouped, grouped_static, symmetric;
  };
  const SmallLayer layer = p32();
  for (const Row& row : {Row{4, 0.286164, 0.122286, 0.126677, 0.0921932, 0.100066, 0.134042},
                         Row{3, 1.60856, 0.545752, 0.591842, 0.375114, 0.41699, 0.543318},
                         Row{2, 8.55537, 3.34511, 3.50517, 2.81361, 2.74689, 3.77149}}) {
    CAPTURE(row.bits);
    const UniformGrid grid(row.bits, GridRange::asymmetric, ScaleType::fp32);
    const UniformGrid full(row.bits, GridRange::full, ScaleType::fp32);
    const auto error = [&](const GptqOptions& options, const Grid& on) {
      return quadratic_error(
          layer, gptq(layer.weights.view(), hessian(layer.x.view()), on, options).grid.weights.view());
    };
    const auto near = [](double value) { return doctest::Approx(value).epsilon(1e-5); };
    CHECK(quadratic_error(layer, round_to_nearest(layer.weights.view(), grid, 0).weights.view()) ==
          near(row.rtn));
    CHECK(error({}, grid) == near(row.whole));
    CHECK(error({.block = 8}, grid) == near(row.whole));
    CHECK(error({.activation_order = true}, grid) == near(row.act_order));
    CHECK(error({.group = 8, .block = 8}, grid) == near(row.grouped));
    CHECK(error({.group = 8, .static_groups = true, .activation_order = true}, grid) ==
          near(row.grouped_static));
    CHECK(error({}, full) == near(row.symmetric));
  }
}

TEST_CASE("half the damped quadratic error is the sum of the losses") {
  const SmallLayer layer = p32(6);
  for (const std::size_t block : {std::size_t{1}, std::size_t{7}, std::size_t{128}}) {
    const UniformGrid grid(3, GridRange::asymmetric, ScaleType::fp16);
    const Matrix h = hessian(layer.x.view());
    double mean = 0;
    for (std::size_t i = 0; i < 32; ++i) mean += static_cast<double>(h(i, i)) / 32;
    const GptqResult result = gptq(layer.weights.view(), copy(h.view()), grid,
                                   {.group = 16, .activation_order = true, .block = block});
    double damped = quadratic_error(layer, result.grid.weights.view());
    for (std::size_t i = 0; i < 16 * 32; ++i) {
      const double d = static_cast<double>(layer.weights.values()[i]) -
                       static_cast<double>(result.grid.weights.values()[i]);
      damped += 0.01 * mean * d * d;
    }
    CHECK(total(result.losses) == doctest::Approx(damped / 2).epsilon(1e-4));
  }
}

TEST_CASE("rows by rows GPTQ gives what it gives all rows at once") {
  const SampledLayer drawn = sample_layer({.outputs = 150, .inputs = 130, .tokens = 200, .seed = 2});
  const Matrix h = hessian(drawn.calibration.view());
  const UniformGrid grid(3, GridRange::asymmetric, ScaleType::fp16);
  for (const bool activation_order : {false, true}) {
    const GptqOptions options{.group = 32, .activation_order = activation_order, .block = 48};
    const GptqResult whole = gptq(drawn.weights.view(), copy(h.view()), grid, options);
    std::size_t first = 0;
    // Parts that do and do not begin where the sweep's own groups of outputs do.
    for (const std::size_t count : {std::size_t{64}, std::size_t{1}, std::size_t{37}, std::size_t{48}}) {
      const GptqResult part =
          gptq(drawn.weights.view().block(first, 0, count, 130), copy(h.view()), grid, options);
      CHECK(part.order == whole.order);
      const auto rows = [&](std::span<const float> values, std::size_t width) {
        return values.subspan(first * width, count * width);
      };
      CHECK(std::ranges::equal(part.grid.weights.values(), rows(whole.grid.weights.values(), 130)));
      CHECK(
          std::ranges::equal(part.grid.codes, std::span(whole.grid.codes).subspan(first * 130, count * 130)));
      for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
        const Matrix& expected = whole.grid.parameters[i];
        CHECK(std::ranges::equal(part.grid.parameters[i].values(), rows(expected.values(), expected.cols())));
      }
      first += count;
    }
    CHECK(first == 150);
  }
}

TEST_CASE("codes, scales and zeros say the same as the weights") {
  const SmallLayer layer = p32();
  for (const GridRange range : {GridRange::symmetric, GridRange::full, GridRange::asymmetric}) {
    for (int bits = 2; bits <= 8; ++bits) {
      const GptqResult result =
          gptq(layer.weights.view(), hessian(layer.x.view()), UniformGrid(bits, range, ScaleType::fp16),
               {.group = 12, .activation_order = true, .block = 5});
      for (std::size_t i = 0; i < 16; ++i) {
        for (std::size_t j = 0; j < 32; ++j) {
          const std::size_t group = result.grid.group[j];
          const auto code = static_cast<float>(result.grid.codes[i * 32 + j]);
          REQUIRE(code < static_cast<float>(1 << bits));
          REQUIRE(result.grid.weights(i, j) ==
                  (code - result.grid.parameters[1](i, group)) * result.grid.parameters[0](i, group));
        }
      }
    }
  }
}

TEST_CASE("rounding on a grid equals the format of that grid, bit for bit") {
  const auto values =
      sample_weights({.count = 21 * 50, .sigma = 1, .outlier_fraction = 0.05, .outlier_scale = 7, .seed = 4});
  const ConstMatrixView weights{values.data(), 21, 50, 50, 1};
  for (const ScaleType scales : {ScaleType::fp16, ScaleType::fp32}) {
    for (int bits = 2; bits <= 8; ++bits) {
      for (const GridRange range : {GridRange::symmetric, GridRange::asymmetric}) {
        const std::string format = (range == GridRange::symmetric ? "int" : "uint") + std::to_string(bits);
        std::vector<float> expected(values.size());
        fake_quantize(values, {.format = format, .group = {16}, .rows = 21, .scales = scales}, expected);
        const GridWeights rounded = round_to_nearest(weights, UniformGrid(bits, range, scales), 16);
        CHECK(std::ranges::equal(rounded.weights.values(), expected));
      }
    }
  }
}

TEST_CASE("dead inputs, fewer tokens than inputs, and layers of zeros") {
  SmallLayer layer = p32();
  for (std::size_t t = 0; t < 256; ++t) layer.x(t, 5) = 0;
  const UniformGrid grid(4, GridRange::asymmetric, ScaleType::fp16);
  const GptqResult result = gptq(layer.weights.view(), hessian(layer.x.view()), grid, {.group = 8});
  for (std::size_t i = 0; i < 16; ++i) CHECK(result.grid.weights(i, 5) == 0);

  // Seven tokens: H has rank seven, and damping alone makes it invertible.
  const Matrix few = hessian(layer.x.view().block(0, 0, 7, 32));
  const GptqResult from_few = gptq(layer.weights.view(), copy(few.view()), grid, {});
  CHECK(from_few.damping >= 0.01);

  const Matrix nothing(16, 32);
  const GptqResult zeros = gptq(nothing.view(), hessian(layer.x.view()), grid, {.group = 8});
  CHECK(std::ranges::count(zeros.grid.weights.values(), 0.0f) == 16 * 32);
  CHECK(std::ranges::equal(gptq(layer.weights.view(), Matrix(32, 32), grid, {}).grid.weights.values(),
                           nothing.values()));
}

TEST_CASE("a Hessian that float32 cannot factorise gets more damping") {
  // Two inputs that are all but equal, and one of 2^24 times their size: a hundredth of a millionth of the
  // mean is lost beside it.
  Matrix h(3, 3);
  h(0, 0) = h(0, 1) = h(1, 0) = h(1, 1) = 1;
  h(2, 2) = 1;
  const InverseHessian inverse = invert_hessian(copy(std::as_const(h).view()), 1e-9, false);
  CHECK(inverse.damping > 1e-9);
  CHECK(inverse.factor.rows() == 3);
}

TEST_CASE("bad options are refused") {
  const SmallLayer layer = tiny();
  const UniformGrid grid(4, GridRange::symmetric, ScaleType::fp16);
  const auto run = [&](const GptqOptions& options) {
    return gptq(layer.weights.view(), hessian(layer.x.view()), grid, options);
  };
  CHECK_THROWS_WITH_AS(run({.damping = 0}), doctest::Contains("damping"), EngineError);
  CHECK_THROWS_WITH_AS(run({.damping = 2}), doctest::Contains("damping"), EngineError);
  CHECK_THROWS_WITH_AS(run({.damping = std::nan("")}), doctest::Contains("damping"), EngineError);
  CHECK_THROWS_WITH_AS(run({.block = 0}), doctest::Contains("block"), EngineError);
  CHECK_THROWS_WITH_AS(UniformGrid(1, GridRange::full, ScaleType::fp16), doctest::Contains("bits"),
                       EngineError);
  const Matrix huge = test::matrix(1, {3e38, -3e38, 1, 1});
  CHECK_THROWS_AS(gptq(huge.view(), hessian(layer.x.view()), grid, {}), EngineError);
  CHECK_THROWS_WITH_AS(
      gptq(layer.weights.view(), hessian(layer.x.view()), grid, {}, [](double) { return false; }),
      doctest::Contains("stopped"), EngineError);
}

TEST_CASE("layers are checked before anything is done with them") {
  const SmallLayer good = tiny();
  CHECK_NOTHROW(require_layer(good.layer()));
  const Matrix narrow(6, 3);
  const Matrix none(0, 4);
  Matrix poisoned = copy(good.x.view());
  poisoned(4, 1) = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH_AS(require_layer({good.weights.view(), narrow.view()}),
                       doctest::Contains("calibration.cols"), EngineError);
  CHECK_THROWS_WITH_AS(require_layer({good.weights.view(), none.view()}), doctest::Contains("calibration"),
                       EngineError);
  CHECK_THROWS_WITH_AS(require_layer({none.view(), good.x.view()}), doctest::Contains("weights"),
                       EngineError);
  CHECK_THROWS_WITH_AS(require_layer({good.weights.view(), std::as_const(poisoned).view()}),
                       doctest::Contains("calibration[17]"), EngineError);
  CHECK_THROWS_WITH_AS(require_layer({good.weights.view(), good.x.view(), std::as_const(poisoned).view()}),
                       doctest::Contains("heldOut[17]"), EngineError);
}

TEST_CASE("the output error is that of the products") {
  const SmallLayer layer = p32();
  const GridWeights rounded =
      round_to_nearest(layer.weights.view(), UniformGrid(4, GridRange::symmetric, ScaleType::fp16), 8);
  const double squared = squared_output_error(layer.weights.view(), rounded.weights.view(), layer.x.view());
  CHECK(squared == doctest::Approx(quadratic_error(layer, rounded.weights.view()) * 128).epsilon(1e-5));
  const Matrix nothing(16, 32);
  CHECK(relative_output_error(layer.weights.view(), nothing.view(), layer.x.view()) == doctest::Approx(1));
  CHECK(relative_output_error(layer.weights.view(), layer.weights.view(), layer.x.view()) == 0);
  CHECK(relative_output_error(nothing.view(), nothing.view(), layer.x.view()) == 0);
  CHECK(std::isinf(relative_output_error(nothing.view(), layer.weights.view(), layer.x.view())));
}

TEST_CASE("an approximation is judged on the held-out set, if there is one") {
  const SmallLayer layer = p32();
  const GridWeights rounded =
      round_to_nearest(layer.weights.view(), UniformGrid(3, GridRange::symmetric, ScaleType::fp16), 8);
  Layer given = layer.layer();
  CHECK(output_error(given, rounded.weights.view()) ==
        relative_output_error(layer.weights.view(), rounded.weights.view(), layer.x.view()));
  given.held_out = given.calibration.block(0, 0, 16, 32);
  CHECK(output_error(given, rounded.weights.view()) ==
        relative_output_error(layer.weights.view(), rounded.weights.view(), given.held_out));
  CHECK_THROWS_WITH_AS(output_error(given, Matrix(16, 31).view()), doctest::Contains("approximation"),
                       EngineError);
  Matrix poisoned = copy(layer.weights.view());
  poisoned(1, 2) = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS(output_error(given, std::as_const(poisoned).view()),
                       doctest::Contains("approximation[34]"), EngineError);
}

}  // namespace compression
