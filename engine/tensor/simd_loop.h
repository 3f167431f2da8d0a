/// The one loop that every kernel runs in: whole steps straight from memory, the rest through padded buffers,
/// so that a kernel is its body and nothing else.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace compression {

/// Calls `body(const In* source, Out* target)` for every `step` elements of input and output (same length).
/// The last, short step works on zero-padded copies: what the body makes of zeros must be harmless, and is
/// dropped.
template <std::size_t step, class In, class Out, class Body>
inline void simd_transform(std::span<const In> input, std::span<Out> output, Body body) {
  const std::size_t whole = input.size() - input.size() % step;
  for (std::size_t i = 0; i < whole; i += step) body(input.data() + i, output.data() + i);
  if (const std::size_t rest = input.size() - whole; rest > 0) {
    alignas(16) std::array<In, step> source{};
    alignas(16) std::array<Out, step> target{};
    std::copy_n(input.data() + whole, rest, source.data());
    body(source.data(), target.data());
    std::copy_n(target.data(), rest, output.data() + whole);
  }
}

/// The same without output: `body(const In* source)`, for reductions in which zeros do not count.
template <std::size_t step, class In, class Body>
inline void simd_for_each(std::span<const In> input, Body body) {
  const std::size_t whole = input.size() - input.size() % step;
  for (std::size_t i = 0; i < whole; i += step) body(input.data() + i);
  if (const std::size_t rest = input.size() - whole; rest > 0) {
    alignas(16) std::array<In, step> source{};
    std::copy_n(input.data() + whole, rest, source.data());
    body(source.data());
  }
}

}  // namespace compression
