// format_bench [ID …]: packs, fake-quantizes and unpacks one tensor in every format (or in those named), into
// memory that is there already; prints digests of the results and M weights per second as JSON. Natively,
// under node and in a browser it is this same program.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "engine/formats/format.h"
#include "engine/formats/layout.h"
#include "engine/formats/registry.h"
#include "engine/tensor/random.h"
#include "engine/tensor/simd.h"
#include "tests/bench/tasks.h"
#include "tests/engine/digest.h"

namespace {

using Clock = std::chrono::steady_clock;
using compression::Format;

constexpr std::size_t rows = 1024;
constexpr std::size_t cols = 1024;

template <class Task>
double seconds(std::size_t calls, Task task) {
  const auto begin = Clock::now();
  for (std::size_t i = 0; i < calls; ++i) task();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Millions of weights a second: the median over samples of so many calls that a browser's coarse clock can
/// time them. The calls that find out how many those are warm the just-in-time compiler up.
template <class Task>
double speed(Task task) {
  constexpr double sample_time = 0.02;
  std::array<double, 7> samples;
  std::size_t calls = 1;
  while (seconds(calls, task) < sample_time) calls *= 2;
  for (double& sample : samples) sample = seconds(calls, task);
  std::sort(samples.begin(), samples.end());
  return 1e-6 * static_cast<double>(rows * cols * calls) / samples[samples.size() / 2];
}

template <class T>
std::uint64_t digest(const std::vector<T>& values) {
  compression::test::Digest all;
  all.add(std::span<const T>(values));
  return all.value();
}

/// Prints what `format` does to the weights. False if fake quantization is not packing and unpacking.
bool measure(const Format& format, bench::Tasks& tasks) {
  const bool grouped = format.info.grouped;
  const compression::PackOptions options{
      .format = std::string(format.info.id),
      .group = {grouped ? static_cast<std::int32_t>(format.info.block_size) : compression::Group::row},
      .rows = rows,
      .cols = cols};
  const compression::Layout layout = compression::make_layout(options, tasks.weights.size());
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(format.packed_size(format, layout)));
  const auto pack = [&] { format.pack(format, tasks.weights, layout, bytes); };
  const auto unpack = [&] { format.unpack(format, bytes, layout, tasks.dequantized); };
  const auto fake = [&] { compression::fake_quantize(tasks.weights, options, tasks.dequantized); };
  pack();
  unpack();
  const std::uint64_t packed = digest(bytes);
  const std::uint64_t unpacked = digest(tasks.dequantized);
  fake();
  const bool same = digest(tasks.dequantized) == unpacked;
  std::printf(R"({"id": "%s", "bytes": "%016llx", "weights": "%016llx", "same": %s, )",
              options.format.c_str(), static_cast<unsigned long long>(packed),
              static_cast<unsigned long long>(unpacked), same ? "true" : "false");
  std::printf(R"("bits": %g, "pack": %.1f, )",
              8 * static_cast<double>(bytes.size()) / static_cast<double>(layout.count()), speed(pack));
  std::printf(R"("fake": %.1f, )", speed(fake));
  std::printf(R"("unpack": %.1f})", speed(unpack));
  return same;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> wanted(argv + 1, argv + argc);
  bench::Tasks tasks{.weights = compression::sample_weights({.count = rows * cols, .seed = 0})};
  bool all_same = true;
  std::printf(R"({"architecture": "%s", "formats": [)",
              std::string(compression::simd_architecture()).c_str());
  const char* separator = "";
  for (const Format* const format : compression::formats()) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), format->info.id) == wanted.end()) continue;
    std::printf("%s", separator);
    separator = ", ";
    all_same &= measure(*format, tasks);
  }
  volatile std::int64_t sink = 0;
  const double read = speed([&] { sink = sink + tasks.read_probe(); });
  const double copy = speed([&] { sink = sink + static_cast<std::int64_t>(tasks.copy_probe()); });
  std::printf(R"(], "read": %.1f, "copy": %.1f})", read, copy);
  std::printf("\n");
  return all_same ? EXIT_SUCCESS : EXIT_FAILURE;
}
