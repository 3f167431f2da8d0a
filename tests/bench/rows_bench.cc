// rows_bench INPUTS PARTS [PART]: times GPTQ, int4 in groups of 128, on a square layer of so many inputs and
// half as many tokens whose rows are cut into parts, or on one of the parts; prints seconds and a digest of
// each part's weights as JSON. Natively and under node it is this same program.
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>

#include "engine/quantize/gptq.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/sample_layer.h"
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

/// Rows first … first + count − 1, and the digests of their parts of `length` rows.
void measure(std::size_t inputs, std::size_t first, std::size_t count, std::size_t length) {
  const SampledLayer sample = sample_layer({.outputs = inputs, .inputs = inputs, .tokens = inputs / 2});
  const UniformGrid grid(4, GridRange::symmetric, ScaleType::fp16);
  Matrix h;
  Matrix weights;
  const double gathering = seconds([&] { h = hessian(sample.calibration.view()); });
  const double inverting = seconds([&] { invert_hessian(copy(std::as_const(h).view()), 0.01, false); });
  const double whole = seconds([&] {
    weights = gptq(sample.weights.view().block(first, 0, count, inputs), std::move(h), grid, {.group = 128})
                  .grid.weights;
  });
  std::printf(R"({"architecture": "%s", "hessian": %.6f, "inverse": %.6f, "seconds": %.6f, "digests": [)",
              std::string(simd_architecture()).c_str(), gathering, inverting, gathering + whole);
  for (std::size_t row = 0; row < count; row += length) {
    test::Digest digest;
    digest.add(std::as_const(weights).values().subspan(row * inputs, length * inputs));
    std::printf(R"(%s"%016llx")", row == 0 ? "" : ", ", static_cast<unsigned long long>(digest.value()));
  }
  std::printf("]}\n");
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int i) { return std::strtoul(argv[i], nullptr, 10); };
  if (argc < 3 || argument(2) == 0 || argument(1) % argument(2) != 0 ||
      (argc > 3 && argument(3) >= argument(2))) {
    std::fprintf(stderr,
                 "rows_bench INPUTS PARTS [PART]: PARTS divides INPUTS, PART is one of them from 0\n");
    return EXIT_FAILURE;
  }
  const std::size_t inputs = argument(1);
  const std::size_t length = inputs / argument(2);
  try {
    if (argc > 3) {
      measure(inputs, argument(3) * length, length, length);
    } else {
      measure(inputs, 0, inputs, length);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
  }
}
