// unpack of every format on any bytes of the right number: it gives weights or refuses the bytes.
//
// The first bytes choose format, shape and granularity; the rest, repeated as often as need be, are the
// packed bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/format.h"
#include "engine/formats/layout.h"
#include "engine/formats/packed.h"
#include "engine/formats/registry.h"
#include "tests/fuzz/fuzz.h"

using namespace compression;  // NOLINT: a program of two functions

namespace {

constexpr std::size_t choices = 5;          // bytes that choose
constexpr std::uint64_t longest = 1 << 16;  // packed bytes

PackOptions options_of(fuzz::Bytes chosen) {
  const auto all = formats();
  const std::size_t cols = 1 + chosen[2] + std::size_t{chosen[3] & 3u} * 256;
  const std::int32_t group = chosen[4] < 2 ? -static_cast<std::int32_t>(chosen[4]) : chosen[4];
  return {.format = std::string(all[chosen[0] % all.size()]->info.id),
          .group = {group},
          .rows = 1 + chosen[1] % 8u,
          .cols = cols,
          .scales = (chosen[3] & 4) != 0 ? ScaleType::fp32 : ScaleType::fp16};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size <= choices) return -1;
  const fuzz::Bytes input(data, size);
  const PackOptions options = options_of(input.first(choices));
  const fuzz::Bytes rest = input.subspan(choices);
  try {
    const Format& format = find_format(options.format);
    const Layout layout = make_layout(options, options.rows * options.cols);
    const std::uint64_t packed_size = format.packed_size(format, layout);
    if (packed_size > longest) return -1;
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(packed_size));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = rest[i % rest.size()];
    fuzz::require(unpack(bytes, options).size() == layout.count());
    format.distinct_codes(format, bytes, layout);
    bytes.pop_back();
    unpack(bytes, options);
    fuzz::require(false);  // a byte is missing
  } catch (const EngineError&) {
    return 0;
  }
  return 0;
}
