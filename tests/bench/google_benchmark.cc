// engine_bench WEIGHTS RESULT: times the tasks with Google Benchmark and leaves the round trip's result.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>

#include "engine/tensor/simd.h"
#include "tests/bench/tasks.h"

namespace {

template <class Task>
void add(const char* name, Task task) {
  benchmark::RegisterBenchmark(name, [task](benchmark::State& state) {
    for ([[maybe_unused]] auto _ : state) {
      benchmark::DoNotOptimize(task());
      benchmark::ClobberMemory();
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 3) {
    std::fprintf(stderr, "usage: engine_bench WEIGHTS RESULT [Google Benchmark's options]\n");
    return EXIT_FAILURE;
  }
  bench::Tasks tasks{.weights = bench::read_floats(argv[1])};
  benchmark::AddCustomContext("architecture", std::string(compression::simd_architecture()));
  benchmark::AddCustomContext("absmax", std::to_string(tasks.absmax()));
  add("absmax", [&] { return tasks.absmax(); });
  add("round_trip", [&] { return tasks.round_trip(); });
  add("pack", [&] { return tasks.pack(); });
  add("unpack", [&] { return tasks.unpack(); });
  add("read_probe", [&] { return tasks.read_probe(); });
  add("copy_probe", [&] { return tasks.copy_probe(); });
  benchmark::RunSpecifiedBenchmarks();
  tasks.round_trip();
  bench::write_floats(argv[2], tasks.dequantized);
}
