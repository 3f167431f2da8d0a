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

#include "engine/compress_layer.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/sample_layer.h"
#include "engine/tensor/cholesky.h"
#include "engine/tensor/hadamard.h"
#include "engine/tensor/matrix_product.h"
#include "engine/tensor/random.h"
#include "engine/tensor/simd.h"
#include "tests/engine/digest.h"

namespace {

using Clock = std::chrono::steady_clock;
using compression::Matrix;

template <class Task>
double seconds(Task task) {
  const auto begin = Clock::now();
  task();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

const char* separator = "";

void print(const char* name, double time, double operations, std::span<const float> result) {
  compression::test::Digest digest;
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
    work = compression::copy(input.view());
    const double time = seconds([&] { task(work); });
    if (i > 0) fastest = std::min(fastest, time);
  }
  print(name, fastest, operations, std::as_const(work).values());
}

Matrix random_matrix(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  const auto values = compression::sample_weights({.count = rows * cols, .sigma = 1, .seed = seed});
  return compression::copy({values.data(), rows, cols, cols, 1});
}

void kernels() {
  for (const std::size_t n : {std::size_t{256}, std::size_t{512}, std::size_t{1024}}) {
    const Matrix a = random_matrix(n, n, 1);
    const Matrix b = random_matrix(n, n, 2);
    const auto cube = static_cast<double>(n * n * n);
    const std::string name = "product " + std::to_string(n);
    kernel(name.c_str(), 2 * cube, Matrix(n, n),
           [&](Matrix& c) { compression::add_product(c.view(), a.view(), b.view()); });
  }
  const Matrix x = random_matrix(1024, 768, 3);
  kernel("gram 1024 × 768", 1024.0 * 768 * 769, Matrix(768, 768),
         [&](Matrix& c) { compression::add_gram_upper(c.view(), x.view()); });
  const Matrix h = compression::hessian(x.view());
  kernel("Cholesky 768", 768.0 * 768 * 768 / 3, h, [](Matrix& c) {
    if (!compression::cholesky(c.view())) std::abort();
  });
  Matrix factor = compression::copy(h.view());
  if (!compression::cholesky(factor.view())) std::abort();
  kernel("triangular inverse 768", 768.0 * 768 * 768 / 3, factor,
         [](Matrix& c) { compression::invert_upper(c.view()); });
  const compression::HadamardTransform transform(1024);
  kernel("Hadamard 1024 × 1024", 1024.0 * 1024 * 11, random_matrix(1024, 1024, 4),
         [&](Matrix& c) { transform.apply(c.values()); });
}

void methods(std::size_t inputs) {
  const compression::SampledLayer sample =
      compression::sample_layer({.outputs = inputs, .inputs = inputs, .tokens = inputs / 2});
  const compression::Layer layer{.weights = sample.weights.view(), .calibration = sample.calibration.view()};
  const auto time = [&](const char* name, const compression::Recipe& recipe) {
    compression::CompressedLayer result;
    const double once = seconds([&] { result = compression::compress_layer(layer, recipe); });
    print(name, once, 0, result.weights);
  };
  time("rtn", {.method = "rtn"});
  time("gptq", {.method = "gptq"});
  time("awq", {.method = "awq"});
  time("smoothquant", {.method = "smoothquant"});
  time("llm_int8", {.method = "llm_int8"});
  time("wanda", {.method = "wanda"});
  time("sparsegpt 2:4", {.method = "sparsegpt", .sparsity = {.kept = 2, .of = 4}});
  time("quip without tuning", {.method = "quip", .tuning_passes = 0});
  if (inputs <= 512) time("aqlm", {.method = "aqlm"});
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t inputs = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 4096;
  std::printf(R"({"architecture": "%s", "inputs": %zu, "tasks": [)",
              std::string(compression::simd_architecture()).c_str(), inputs);
  try {
    kernels();
    methods(inputs);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
  }
  std::printf("]}\n");
}
