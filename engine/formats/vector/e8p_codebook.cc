#include "engine/formats/vector/e8p_codebook.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/tensor/batch.h"

namespace compression {
namespace {

/// The patterns as numbers, the last coordinate negated where the sum is odd.
constexpr std::array<std::array<float, e8p_length>, e8p_pattern_count> make_values() {
  std::array<std::array<float, e8p_length>, e8p_pattern_count> values{};
  for (std::size_t n = 0; n < e8p_pattern_count; ++n) {
    int doubled_sum = 0;
    for (std::size_t i = 0; i < e8p_length; ++i) {
      doubled_sum += e8p_patterns[n][i];
      values[n][i] = 0.5f * e8p_patterns[n][i];
    }
    if (doubled_sum / 2 % 2 == 1) values[n].back() = -values[n].back();
  }
  return values;
}

constexpr auto values = make_values();

/// Sign masks of coordinates 0…3 by the bits 0, 4, 1, 5 of a byte, the others being 0. Coordinates 4…7 take
/// their signs from bits two higher.
constexpr std::array<std::array<std::int32_t, 4>, 0x34> make_sign_masks() {
  std::array<std::array<std::int32_t, 4>, 0x34> masks{};
  for (std::size_t byte = 0; byte < masks.size(); ++byte) {
    for (std::size_t i = 0; i < 4; ++i) {
      masks[byte][i] = (byte >> e8p_sign_bits[i] & 1) != 0 ? INT32_MIN : 0;
    }
  }
  return masks;
}

constexpr auto sign_masks = make_sign_masks();

/// The coordinates of a pattern that are 3/2, a bit each, and 1 + the coordinate that is 5/2, 0 if none is.
struct Raised {
  std::size_t threes = 0;
  std::size_t five = 0;

  constexpr explicit Raised(const E8pPattern& pattern) {
    for (std::size_t i = 0; i < e8p_length; ++i) {
      if (pattern[i] == 3) threes |= std::size_t{1} << i;
      if (pattern[i] == 5) five = i + 1;
    }
  }
};

/// Numbers of patterns, [five][threes].
constexpr std::array<std::array<std::uint8_t, 256>, e8p_length + 1> make_numbers() {
  std::array<std::array<std::uint8_t, 256>, e8p_length + 1> numbers{};
  for (std::size_t n = 0; n < e8p_pattern_count; ++n) {
    const Raised raised(e8p_patterns[n]);
    numbers[raised.five][raised.threes] = static_cast<std::uint8_t>(n);
  }
  return numbers;
}

constexpr auto numbers = make_numbers();

}  // namespace

std::uint8_t e8p_pattern_number(const E8pPattern& pattern) noexcept {
  const Raised raised(pattern);
  return numbers[raised.five][raised.threes];
}

void decode_e8p(std::span<const std::uint16_t> codes, std::span<float> vectors) noexcept {
  float* target = vectors.data();
  for (const std::uint16_t code : codes) {
    const float* const magnitudes = values[code >> 8].data();
    unsigned parity = code & 0xffu;
    parity ^= parity >> 4;
    parity ^= parity >> 2;
    parity = (parity ^ parity >> 1) & 1;
    const unsigned signs = (code & 0xffu) ^ parity;
    const Floats shift(parity == 0 ? 0.25f : -0.25f);
    const std::array<const std::int32_t*, 2> masks = {sign_masks[signs & 0x33].data(),
                                                      sign_masks[signs >> 2 & 0x33].data()};
    for (std::size_t i = 0; i < e8p_length; i += Floats::size) {
      const Words mask = Words::load_unaligned(masks[i / 4] + i % 4);
      const Words bits = as_words(Floats::load_unaligned(magnitudes + i)) ^ mask;
      (as_floats(bits) + shift).store_unaligned(target + i);
    }
    target += e8p_length;
  }
}

}  // namespace compression
