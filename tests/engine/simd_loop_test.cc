#include "engine/tensor/simd_loop.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/random.h"
#include "tests/engine/reference.h"

namespace compression {
namespace {

constexpr std::size_t longest = 4 * quad_size;  // well beyond 2N − 1 of every step
constexpr std::size_t misalignments = 5;

/// Calls body(span) for every length 0…longest at every misalignment of random values; what lies around them
/// is NaN.
template <class Body>
void sweep(Body body) {
  const auto values =
      sample_weights({.count = longest, .sigma = 1, .outlier_fraction = 0.1, .outlier_scale = 9, .seed = 5});
  for (std::size_t length = 0; length <= longest; ++length) {
    for (std::size_t shift = 0; shift < misalignments; ++shift) {
      std::vector<float> memory(length + misalignments + quad_size, std::numeric_limits<float>::quiet_NaN());
      std::copy_n(values.begin(), length, memory.begin() + static_cast<std::ptrdiff_t>(shift));
      body(std::span<const float>(memory).subspan(shift, length));
    }
  }
}

}  // namespace

TEST_CASE("simd_transform touches each element once and nothing around") {
  sweep([](std::span<const float> input) {
    std::vector<float> output(input.size() + 2, -7);
    simd_transform<Floats::size>(input, std::span(output).subspan(1, input.size()),
                                 [](const float* source, float* target) {
                                   (Floats::load_unaligned(source) * Floats(2)).store_unaligned(target);
                                 });
    CHECK(output.front() == -7);
    CHECK(output.back() == -7);
    for (std::size_t i = 0; i < input.size(); ++i) CHECK(output[i + 1] == 2 * input[i]);
  });
}

TEST_CASE("absmax equals its naive form at all lengths and misalignments") {
  sweep([](std::span<const float> input) {
    CHECK(finite_absmax(input, "values") == reference::absmax(input));
  });
}

TEST_CASE("extremes equal their naive form, whichever sign all values have") {
  for (const float shift : {0.0f, -100.0f, 100.0f}) {
    sweep([&](std::span<const float> input) {
      if (input.empty()) return;
      std::vector<float> values(input.begin(), input.end());
      for (float& value : values) value += shift;
      const Extremes extremes = finite_extremes(values, "values");
      CHECK(extremes.minimum == *std::min_element(values.begin(), values.end()));
      CHECK(extremes.maximum == *std::max_element(values.begin(), values.end()));
    });
  }
}

TEST_CASE("a NaN or infinity is found at every place") {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    for (std::size_t place = 0; place < longest; ++place) {
      std::vector<float> values(longest, 1);
      values[place] = bad;
      const std::string expected = "w[" + std::to_string(place) + "]";
      CHECK_THROWS_WITH_AS(require_finite(values, "w"), doctest::Contains(expected.c_str()), EngineError);
      CHECK_THROWS_WITH_AS(finite_extremes(values, "w"), doctest::Contains(expected.c_str()), EngineError);
    }
  }
}

TEST_CASE("bytes and halves survive the way to words and back") {
  std::array<std::uint8_t, 256 + quad_size> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
  for (std::size_t shift = 0; shift < quad_size; ++shift) {
    const WordQuad words = load_bytes(bytes.data() + shift);
    std::array<std::uint8_t, quad_size> back{};
    WordQuad signed_words = words;
    for (Words& word : signed_words) word = (word ^ Words(0x80)) - Words(0x80);
    store_bytes(signed_words, back.data());
    for (std::size_t i = 0; i < quad_size; ++i) CHECK(back[i] == bytes[shift + i]);
  }
  for (int high = 0; high < 256; ++high) {
    std::array<Half, pair_size> halves{};
    for (std::size_t i = 0; i < pair_size; ++i) {
      halves[i] = {static_cast<std::uint8_t>(37 * i + 250), static_cast<std::uint8_t>(high)};
    }
    const WordPair words = load_halves(halves.data());
    std::array<Half, pair_size> back{};
    store_halves(words, back.data());
    CHECK(back == halves);
  }
}

}  // namespace compression
