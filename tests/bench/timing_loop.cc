// engine_bench WEIGHTS RESULT: times the tasks where Google Benchmark does not run, prints the same JSON
// fields, and leaves the round trip's result.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

#include "engine/tensor/simd.h"
#include "tests/bench/tasks.h"

namespace {

using Clock = std::chrono::steady_clock;

volatile float sink;

/// Nanoseconds of the fastest call: calls for a fifth of a second, after as many for the just-in-time
/// compiler.
template <class Task>
double nanoseconds(Task task) {
  constexpr auto budget = std::chrono::milliseconds(200);
  double fastest = 0;
  for (int pass = 0; pass < 2; ++pass) {
    fastest = std::numeric_limits<double>::infinity();
    const auto end = Clock::now() + budget;
    for (auto now = Clock::now(); now < end;) {
      sink = static_cast<float>(task());
      const auto after = Clock::now();
      fastest = std::min(fastest, std::chrono::duration<double, std::nano>(after - now).count());
      now = after;
    }
  }
  return fastest;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: engine_bench WEIGHTS RESULT\n");
    return EXIT_FAILURE;
  }
  bench::Tasks tasks{.weights = bench::read_floats(argv[1])};
  std::printf(R"({"context": {"architecture": "%s", "absmax": "%f"}, "benchmarks": [)",
              std::string(compression::simd_architecture()).c_str(), static_cast<double>(tasks.absmax()));
  const auto report = [](const char* name, double time, const char* separator = ",") {
    std::printf(R"({"name": "%s", "real_time": %f}%s)", name, time, separator);
  };
  report("absmax", nanoseconds([&] { return tasks.absmax(); }));
  report("round_trip", nanoseconds([&] { return tasks.round_trip(); }));
  report("pack", nanoseconds([&] { return tasks.pack(); }));
  report("unpack", nanoseconds([&] { return tasks.unpack(); }));
  report("read_probe", nanoseconds([&] { return tasks.read_probe(); }));
  report("copy_probe", nanoseconds([&] { return tasks.copy_probe(); }), "]}\n");
  tasks.round_trip();
  bench::write_floats(argv[2], tasks.dequantized);
}
