#include "engine/formats/code_stream.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace compression {

std::size_t distinct_in_stream(std::span<const std::uint8_t> stream, std::size_t count, int bits) {
  std::array<bool, 256> seen{};
  const auto count_seen = [&] {
    return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
  };
  // Where whole bytes hold whole codes, the bytes that occur tell the codes.
  if (bits == 4) {
    std::array<bool, 256> pairs{};
    for (const std::uint8_t pair : stream.first(count / 2)) pairs[pair] = true;
    for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
      if (pairs[pair]) seen[pair & 15] = seen[pair >> 4] = true;
    }
    if (count % 2 == 1) seen[stream[count / 2] & 15] = true;
    return count_seen();
  }
  CodeReader reader(stream, count, bits);
  while (count > 0) {
    const auto codes = reader.next(count);
    for (const std::uint8_t code : codes) seen[code] = true;
    count -= codes.size();
  }
  return count_seen();
}

}  // namespace compression
