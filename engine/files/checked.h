/// Arithmetic on sizes that a file claims: nothing where the result does not fit into 64 bits.
#pragma once

#include <cstdint>
#include <optional>

namespace compression {

inline std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b) noexcept {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::nullopt : std::optional(sum);
}

inline std::optional<std::uint64_t> checked_multiply(std::uint64_t a, std::uint64_t b) noexcept {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::nullopt : std::optional(product);
}

/// The smallest multiple of `alignment` that is at least `size`; `alignment` is a power of two.
inline std::optional<std::uint64_t> checked_align(std::uint64_t size, std::uint64_t alignment) noexcept {
  const std::uint64_t mask = alignment - 1;
  const auto beyond = checked_add(size, mask);
  return beyond ? std::optional(*beyond & ~mask) : std::nullopt;
}

}  // namespace compression
