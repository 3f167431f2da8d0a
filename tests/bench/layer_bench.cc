// layer_bench [inputs]: times the linear algebra, and every method once on a square layer of so many inputs
// and half as many tokens (4096 where none are given), int4 in groups of 128; prints seconds, GFLOP/s where
// there is a count of operations, and digests of the results as JSON. Natively and under node it is this same
// program.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>
#include <string>
#include <utility>

#include "engine/prune/sparsegpt.h"
#include "engine/prune/wanda.h"
#include "engine/quantize/aqlm.h"
#include "engine/quantize/awq.h"
#include "engine/quantize/gptq.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/llm_int8.h"
#include "engine/quantize/quip.h"
#include "engine/quantize/sample_layer.h"
#include "engine/quantize/smoothquant.h"
#include "engine/tensor/cholesky.h"
#include "engine/tensor/hadamard.h"
#include "engine/tensor/matrix_product.h"
#include "engine/tensor/random.h"
#include "engine/tensor/simd.h"
#include "tests/engine/digest.h"

namespace {

using Clock = std::chrono::steady_clock;
using namespace compression;  // NOLINT: a program of its own, which is about nothing else

template <class Task>
double seconds(Task task) {
  const auto begin = Clock::now();
  task();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

const char* separator = "";

void print(const char* name, double time, double operations, std::span<const float> result) {
  test::Digest digest;
  digest.add(result);
  std::printf(R"(%s{"name": "%s", "seconds": %.6f, "gflops": %.2f, "digest": "%016llx"})", separator, name,
              time, operations / time * 1e-9, static_cast<unsigned long long>(digest.value()));
  separator = ", ";
  std::fflush(stdout);
}

/// The fastest of nine calls of `task` on a fresh copy of `input`, after one that warms up.
template <class Task>
void kernel(const char* name, double operations, const Matrix& input, Task task) {
  double fastest = 1e9;
  Matrix work;
  for (int i = 0; i < 10; ++i) {
    work = copy(input.view());
    const double time = seconds([&] { task(work); });
    if (i > 0) fastest = std::min(fastest, time);
  }
  print(name, fastest, operations, std::as_const(work).values());
}

Matrix random_matrix(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  const auto values = sample_weights({.count = rows * cols, .sigma = 1, .seed = seed});
  return copy({values.data(), rows, cols, cols, 1});
}

void kernels() {
  for (const std::size_t n : {std::size_t{256}, std::size_t{512}, std::size_t{1024}}) {
    const Matrix a = random_matrix(n, n, 1);
    const Matrix b = random_matrix(n, n, 2);
    const auto cube = static_cast<double>(n * n * n);
    const std::string name = "product " + std::to_string(n);
    kernel(name.c_str(), 2 * cube, Matrix(n, n),
           [&](Matrix& c) { add_product(c.view(), a.view(), b.view()); });
  }
  const Matrix x = random_matrix(1024, 768, 3);
  kernel("gram 1024 × 768", 1024.0 * 768 * 769, Matrix(768, 768),
         [&](Matrix& c) { add_gram_upper(c.view(), x.view()); });
  const Matrix h = hessian(x.view());
  kernel("Cholesky 768", 768.0 * 768 * 768 / 3, h, [](Matrix& c) {
    if (!cholesky(c.view())) std::abort();
  });
  Matrix factor = copy(h.view());
  if (!cholesky(factor.view())) std::abort();
  kernel("triangular inverse 768", 768.0 * 768 * 768 / 3, factor, [](Matrix& c) { invert_upper(c.view()); });
  const HadamardTransform transform(1024);
  kernel("Hadamard 1024 × 1024", 1024.0 * 1024 * 11, random_matrix(1024, 1024, 4),
         [&](Matrix& c) { transform.apply(c.values()); });
}

/// Each method's pass, Hessian included, and apart from all of them what measuring the error takes.
void methods(std::size_t inputs) {
  const SampledLayer sample = sample_layer({.outputs = inputs, .inputs = inputs, .tokens = inputs / 2});
  const Layer layer{.weights = sample.weights.view(), .calibration = sample.calibration.view()};
  const UniformGrid grid(4, GridRange::symmetric, ScaleType::fp16);
  const Sparsity two_of_four{.kept = 2, .of = 4};
  constexpr std::size_t group = 128;
  Matrix rounded;
  const auto pass = [&](const char* name, auto method) {
    Matrix weights;
    const double once = seconds([&] { weights = method(); });
    print(name, once, 0, std::as_const(weights).values());
    rounded = std::move(weights);
  };
  pass("rtn", [&] { return round_to_nearest(layer.weights, grid, group).weights; });
  pass("gptq",
       [&] { return gptq(layer.weights, hessian(layer.calibration), grid, {.group = group}).grid.weights; });
  pass("awq", [&] { return awq(layer, grid, {.group = group}).weights; });
  pass("smoothquant", [&] { return smoothquant(layer, {}).weights; });
  pass("llm_int8", [&] { return llm_int8_product(layer.weights, layer.calibration).output; });
  pass("wanda", [&] {
    return masked(layer.weights, wanda_mask(layer.weights, input_norms(layer.calibration), two_of_four));
  });
  pass("sparsegpt 2:4", [&] {
    return sparsegpt(layer.weights, hessian(layer.calibration), {.sparsity = two_of_four}).weights;
  });
  pass("quip, one sweep",
       [&] { return quip(layer.weights, hessian(layer.calibration).view(), {.tuning_passes = 0}).weights; });
  if (inputs <= 512) {
    pass("aqlm",
         [&] { return calibrated_aqlm(layer.weights, hessian(layer.calibration).view(), {}).weights; });
  }
  pass("the output error", [&] {
    Matrix error(1, 1);
    error(0, 0) = static_cast<float>(
        relative_output_error(layer.weights, std::as_const(rounded).view(), layer.calibration));
    return error;
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t inputs = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 4096;
  std::printf(R"({"architecture": "%s", "inputs": %zu, "tasks": [)", std::string(simd_architecture()).c_str(),
              inputs);
  try {
    kernels();
    methods(inputs);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
  }
  std::printf("]}\n");
}
