#include "engine/tensor/random.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "engine/error.h"
#include "engine/tensor/portable_math.h"
#include "engine/tensor/ziggurat_tables.h"

namespace compression {
namespace {

/// NumPy's SeedSequence for one integer: hashes the seed into a pool of 128 bits and draws the generator's
/// state from it (M. O'Neill's seed_seq).
class SeedSequence {
 public:
  explicit SeedSequence(std::uint64_t seed) {
    const std::array<std::uint32_t, 4> entropy = {static_cast<std::uint32_t>(seed),
                                                  static_cast<std::uint32_t>(seed >> 32), 0, 0};
    std::uint32_t multiplier = 0x43b0d7e5;
    const auto hash = [&multiplier](std::uint32_t value) {
      value ^= multiplier;
      multiplier *= 0x931e8875;
      value *= multiplier;
      return value ^ (value >> 16);
    };
    for (std::size_t i = 0; i < pool_.size(); ++i) pool_[i] = hash(entropy[i]);
    for (std::size_t source = 0; source < pool_.size(); ++source) {
      for (std::size_t target = 0; target < pool_.size(); ++target) {
        if (source != target) pool_[target] = mix(pool_[target], hash(pool_[source]));
      }
    }
  }

  /// Four 64-bit words of state.
  [[nodiscard]] std::array<std::uint64_t, 4> generate() const {
    std::array<std::uint64_t, 4> words{};
    std::uint32_t multiplier = 0x8b51f9dd;
    for (std::size_t i = 0; i < 2 * words.size(); ++i) {
      std::uint32_t value = pool_[i % pool_.size()] ^ multiplier;
      multiplier *= 0x58f38ded;
      value *= multiplier;
      value ^= value >> 16;
      words[i / 2] |= static_cast<std::uint64_t>(value) << (32 * (i % 2));
    }
    return words;
  }

 private:
  static std::uint32_t mix(std::uint32_t a, std::uint32_t b) noexcept {
    const std::uint32_t value = 0xca01f9dd * a - 0x4973f715 * b;
    return value ^ (value >> 16);
  }

  std::array<std::uint32_t, 4> pool_{};
};

// Start of the normal's tail (the right edge of the ziggurat's base layer), and its inverse.
constexpr double tail_start = 3.6541528853610088;
constexpr double inverse_tail_start = 0.27366123732975828;

}  // namespace

Random::Random(std::uint64_t seed) {
  const auto words = SeedSequence(seed).generate();
  const auto wide = [](std::uint64_t high, std::uint64_t low) {
    return (static_cast<Uint128>(high) << 64) | low;
  };
  increment_ = (wide(words[2], words[3]) << 1) | 1;
  state_ = increment_ + wide(words[0], words[1]);
  next_uint64();
}

// The generator advances, then XSL-RR folds the new state: its halves xored, rotated by its top six bits.
// The first call, from the constructor, is the advance that seeding ends with.
std::uint64_t Random::next_uint64() {
  constexpr Uint128 multiplier = (static_cast<Uint128>(0x2360ed051fc65da4) << 64) | 0x4385df649fccf645;
  state_ = state_ * multiplier + increment_;
  const auto folded = static_cast<std::uint64_t>(state_ >> 64) ^ static_cast<std::uint64_t>(state_);
  const auto rotation = static_cast<int>(state_ >> 122);
  return std::rotr(folded, rotation);
}

std::uint32_t Random::next_uint32() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const std::uint64_t both = next_uint64();
  spare_ = static_cast<std::uint32_t>(both >> 32);
  has_spare_ = true;
  return static_cast<std::uint32_t>(both);
}

double Random::random() {
  return static_cast<double>(next_uint64() >> 11) * 0x1p-53;
}

double Random::standard_normal() {
  while (true) {
    const std::uint64_t bits = next_uint64();
    const std::size_t layer = bits & 0xff;
    const bool negative = ((bits >> 8) & 1) != 0;
    const std::uint64_t magnitude = (bits >> 9) & 0x000fffffffffffff;
    const double distance = static_cast<double>(magnitude) * ziggurat::width[layer];
    const double x = negative ? -distance : distance;
    if (magnitude < ziggurat::threshold[layer]) return x;  // 99.3% of all draws
    if (layer == 0) {
      const double tail = beyond_tail_start();
      return ((magnitude >> 8) & 1) != 0 ? -tail : tail;
    }
    const double above = ziggurat::height[layer - 1] - ziggurat::height[layer];
    if (above * random() + ziggurat::height[layer] < exponential(-0.5 * x * x)) return x;
  }
}

// Marsaglia's method: exponential draws, accepted where they lie under the normal's tail.
double Random::beyond_tail_start() {
  while (true) {
    const double x = -inverse_tail_start * log_one_plus(-random());
    const double y = -log_one_plus(-random());
    if (y + y > x * x) return tail_start + x;
  }
}

double Random::normal(double loc, double scale) {
  return loc + scale * standard_normal();
}

std::int64_t Random::integers(std::int64_t low, std::int64_t high) {
  if (low >= high) {
    throw EngineError(ErrorCode::invalid_argument,
                      "low must be below high: " + std::to_string(low) + ", " + std::to_string(high));
  }
  const auto start = static_cast<std::uint64_t>(low);
  const std::uint64_t range = static_cast<std::uint64_t>(high) - start - 1;  // largest offset from low
  if (range == 0) return low;
  constexpr std::uint64_t word = std::numeric_limits<std::uint32_t>::max();
  std::uint64_t offset = 0;
  if (range < word) {
    offset = below32(static_cast<std::uint32_t>(range) + 1);
  } else if (range == word) {
    offset = next_uint32();
  } else {
    offset = below64(range + 1);
  }
  return static_cast<std::int64_t>(start + offset);
}

// Lemire: the high half of draw × bound is uniform once the draws whose low half would make some results
// likelier are rejected.
std::uint32_t Random::below32(std::uint32_t bound) {
  std::uint64_t product = static_cast<std::uint64_t>(next_uint32()) * bound;
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t unfair = (0u - bound) % bound;
    while (static_cast<std::uint32_t>(product) < unfair) {
      product = static_cast<std::uint64_t>(next_uint32()) * bound;
    }
  }
  return static_cast<std::uint32_t>(product >> 32);
}

std::uint64_t Random::below64(std::uint64_t bound) {
  Uint128 product = static_cast<Uint128>(next_uint64()) * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t unfair = (0ull - bound) % bound;
    while (static_cast<std::uint64_t>(product) < unfair) {
      product = static_cast<Uint128>(next_uint64()) * bound;
    }
  }
  return static_cast<std::uint64_t>(product >> 64);
}

}  // namespace compression
