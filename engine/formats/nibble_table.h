/// Codes of four bits, two to a byte, looked up as they lie in memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/tensor/bytes.h"
#include "engine/tensor/lookup.h"

namespace compression {

/// In which half of a byte the first of its two codes stands.
enum class FirstNibble { lower, upper };

/// table[code] × scale for codes that begin with the byte at `pairs`.
template <FirstNibble first, std::size_t width>
inline void look_up_nibbles(const FloatTable<width>& table, const std::uint8_t* pairs, float scale,
                            std::span<float> weights) noexcept {
  constexpr std::size_t step = 32;
  const auto look_up = [&](const std::uint8_t* source, float* target) {
    const Bytes all = load_sixteen(source);
    const Bytes lower = low_nibbles(all);
    const Bytes upper = high_nibbles(all);
    const auto codes = first == FirstNibble::lower ? interleaved(lower, upper) : interleaved(upper, lower);
    table.look_up(codes[0], scale, target);
    table.look_up(codes[1], scale, target + step / 2);
  };
  const std::size_t whole = weights.size() - weights.size() % step;
  for (std::size_t i = 0; i < whole; i += step) look_up(pairs + i / 2, weights.data() + i);
  if (const std::size_t rest = weights.size() - whole; rest > 0) {
    std::array<std::uint8_t, step / 2> source{};
    std::array<float, step> target;
    std::copy_n(pairs + whole / 2, (rest + 1) / 2, source.data());
    look_up(source.data(), target.data());
    std::copy_n(target.data(), rest, weights.data() + whole);
  }
}

}  // namespace compression
