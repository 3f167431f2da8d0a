// rows_bench INPUTS PARTS: times GPTQ, int4 in groups of 128, on a square layer of so many inputs and half as
// many tokens, cut into parts that run in a thread each; prints the seconds of gathering the Hessian, of
// inverting it, of the sweep with packing, and of measuring the errors, and a check of the weights, as JSON.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "engine/quantize/hessian.h"
#include "engine/quantize/layer.h"
#include "engine/quantize/sample_layer.h"
#include "engine/sweep_rows.h"
#include "engine/tensor/simd.h"
#include "tests/engine/layer_parts.h"

namespace {

using Clock = std::chrono::steady_clock;
using namespace compression;  // NOLINT: a program of its own, which is about nothing else

/// All parts at once, each in a thread of its own.
void at_once(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::vector<std::jthread> threads;
  for (std::size_t part = 0; part < count; ++part) threads.emplace_back([&work, part] { work(part); });
}

/// FNV-1a over the words of floats; tests/bench/rows.mjs has it too.
class WordCheck {
 public:
  void add(std::span<const float> values) {
    for (const float value : values) {
      std::uint32_t word = 0;
      std::memcpy(&word, &value, sizeof word);
      state_ = (state_ ^ word) * 16777619u;
    }
  }
  [[nodiscard]] std::uint32_t value() const { return state_; }

 private:
  std::uint32_t state_ = 2166136261u;
};

void measure(std::size_t inputs, std::size_t parts) {
  const SampledLayer sample = sample_layer({.outputs = inputs, .inputs = inputs, .tokens = inputs / 2});
  const ConstMatrixView weights = sample.weights.view();
  const ConstMatrixView x = sample.calibration.view();
  const Recipe recipe{.method = "gptq"};
  const auto rows_of = [&](std::size_t part) {
    const auto [first, count] = test::even_part(inputs, part, parts);
    return weights.block(first, 0, count, inputs);
  };
  std::vector<Clock::time_point> times{Clock::now()};
  Matrix h = test::hessian_by_parts(x, parts, at_once);
  times.push_back(Clock::now());
  const InverseHessian inverse = test::invert_by_parts(std::move(h), recipe.damping, false, parts, at_once);
  times.push_back(Clock::now());
  std::vector<SweptRows> swept(parts);
  at_once(parts, [&](std::size_t part) {
    swept[part] = sweep_rows(rows_of(part), inverse, recipe);
    store_rows(swept[part], rows_of(part).rows, inverse.order, inverse.damping, recipe);
  });
  times.push_back(Clock::now());
  at_once(parts,
          [&](std::size_t part) { output_squares(rows_of(part), swept[part].grid.weights.view(), x); });
  times.push_back(Clock::now());
  WordCheck check;
  for (const SweptRows& rows : swept) check.add(rows.grid.weights.values());
  const auto seconds = [&](std::size_t phase) {
    return std::chrono::duration<double>(times[phase + 1] - times[phase]).count();
  };
  std::printf(R"({"architecture": "%s", "hessian": %.6f, "inverse": %.6f, "sweep": %.6f, "errors": %.6f, )"
              R"("check": %u})"
              "\n",
              std::string(simd_architecture()).c_str(), seconds(0), seconds(1), seconds(2), seconds(3),
              check.value());
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int i) { return std::strtoul(argv[i], nullptr, 10); };
  if (argc != 3 || argument(1) == 0 || argument(2) == 0) {
    std::fprintf(stderr, "rows_bench INPUTS PARTS\n");
    return EXIT_FAILURE;
  }
  try {
    measure(argument(1), argument(2));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
  }
}
