// rows_bench INPUTS PARTS [PART]: times GPTQ, int4 in groups of 128, on a square layer of so many inputs and
// half as many tokens whose rows are cut into parts, or on one of the parts; prints the seconds of gathering
// and inverting the Hessian and of the sweep, and a digest of each part's weights, as JSON. Natively and
// under node it is this same program.
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "engine/quantize/gptq.h"
#include "engine/quantize/hessian.h"
#include "engine/quantize/sample_layer.h"
#include "engine/tensor/simd.h"
#include "tests/engine/digest.h"

namespace {

using Clock = std::chrono::steady_clock;
using namespace compression;  // NOLINT: a program of its own, which is about nothing else

/// A grid that notes when it is first asked for: then the sweep begins.
class MarkedGrid : public UniformGrid {
 public:
  MarkedGrid() : UniformGrid(4, GridRange::symmetric, ScaleType::fp16) {}

  void fit(ConstMatrixView group, MatrixView parameters) const override {
    if (begin_ == Clock::time_point()) begin_ = Clock::now();
    UniformGrid::fit(group, parameters);
  }

  [[nodiscard]] Clock::time_point begin() const { return begin_; }

 private:
  mutable Clock::time_point begin_;
};

double seconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// Rows first … first + count − 1, and the digests of their parts of `length` rows.
void measure(std::size_t inputs, std::size_t first, std::size_t count, std::size_t length) {
  const SampledLayer sample = sample_layer({.outputs = inputs, .inputs = inputs, .tokens = inputs / 2});
  const MarkedGrid grid;
  const auto begin = Clock::now();
  const Matrix weights = gptq(sample.weights.view().block(first, 0, count, inputs),
                              hessian(sample.calibration.view()), grid, {.group = 128})
                             .grid.weights;
  const auto end = Clock::now();
  std::printf(R"({"architecture": "%s", "inverse": %.6f, "sweep": %.6f, "digests": [)",
              std::string(simd_architecture()).c_str(), seconds(begin, grid.begin()),
              seconds(grid.begin(), end));
  for (std::size_t row = 0; row < count; row += length) {
    test::Digest digest;
    digest.add(weights.values().subspan(row * inputs, length * inputs));
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
