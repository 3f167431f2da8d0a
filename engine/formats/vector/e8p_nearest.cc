// A coset of E8P, shifted back by its quarter, is the vectors of half-odd numbers with an even sum whose
// magnitudes are one of 256 patterns. Let y be the vector in that coset's coordinates and z its magnitudes.
// The nearest codeword has the signs of y, but for one where the parity asks for another, and then the
// squared distance is Σ (z − 1/2)² less what raising some magnitudes gains:
//    1/2 → 3/2 gains 2z − 2,    1/2 → 5/2 gains 4z − 6,    a changed sign loses 4 × magnitude × z.
// The 227 patterns of squared norm ≤ 10 are closed under permutation, so that the best of each shape raises
// the largest z and changes the sign of the smallest: seven shapes are left of them, and 29 single patterns.
#include "engine/formats/vector/e8p_nearest.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "engine/formats/vector/e8p_codebook.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/side_by_side.h"

namespace compression {
namespace {

using EightFloats = std::array<Floats, e8p_length>;

/// Doubled magnitudes from the largest coordinate to the smallest, of each shape.
constexpr std::array<E8pPattern, 7> shapes = {{{1, 1, 1, 1, 1, 1, 1, 1},
                                               {3, 1, 1, 1, 1, 1, 1, 1},
                                               {3, 3, 1, 1, 1, 1, 1, 1},
                                               {3, 3, 3, 1, 1, 1, 1, 1},
                                               {3, 3, 3, 3, 1, 1, 1, 1},
                                               {5, 1, 1, 1, 1, 1, 1, 1},
                                               {5, 3, 1, 1, 1, 1, 1, 1}}};

/// Of each pattern of squared norm 12: the three coordinates that stay 1/2.
constexpr auto halves_of_norm_twelve = [] {
  std::array<std::array<std::uint8_t, 3>, e8p_pattern_count - e8p_closed_count> halves{};
  for (std::size_t n = 0; n < halves.size(); ++n) {
    std::size_t found = 0;
    for (std::size_t i = 0; i < e8p_length; ++i) {
      if (e8p_patterns[e8p_closed_count + n][i] == 1) halves[n][found++] = static_cast<std::uint8_t>(i);
    }
  }
  return halves;
}();

/// Compare and exchange these pairs in turn, and eight numbers are in order (19 comparators).
constexpr std::array<std::pair<std::size_t, std::size_t>, 19> sorting_network = {{{0, 2},
                                                                                  {1, 3},
                                                                                  {4, 6},
                                                                                  {5, 7},
                                                                                  {0, 4},
                                                                                  {1, 5},
                                                                                  {2, 6},
                                                                                  {3, 7},
                                                                                  {0, 1},
                                                                                  {2, 3},
                                                                                  {4, 5},
                                                                                  {6, 7},
                                                                                  {2, 4},
                                                                                  {3, 5},
                                                                                  {1, 4},
                                                                                  {3, 6},
                                                                                  {1, 2},
                                                                                  {3, 4},
                                                                                  {5, 6}}};

EightFloats sorted_descending(EightFloats z) noexcept {
  for (const auto& [first, second] : sorting_network) {
    const Floats larger = max(z[first], z[second]);
    z[second] = min(z[first], z[second]);
    z[first] = larger;
  }
  return z;
}

/// The numbers where all bits of the mask are set, 0 where none is.
Floats only_where(Words mask, Floats numbers) noexcept {
  return as_floats(as_words(numbers) & mask);
}

Floats sum(const EightFloats& x) noexcept {
  return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
}

/// The best of one coset in each lane.
struct Best {
  Floats gain;
  Floats choice;  // a shape, or 7 + the number of a pattern of squared norm 12

  void consider(Floats other, std::size_t number) noexcept {
    const auto better = gain < other;
    gain = select(better, other, gain);
    choice = select(better, Floats(static_cast<float>(number)), choice);
  }
};

/// The patterns of squared norm 12: 3/2 in all but three coordinates, so that their sum is odd. `even` has
/// all bits set where y has an even number of signs, and one must change: that of a 1/2 for 2z or of a 3/2
/// for 6z. The smallest z, be it the one or the other, is enough to know the cheaper.
void consider_norm_twelve(const EightFloats& z, Floats smallest, Words even, Best& best) noexcept {
  const Floats raise_all = (sum(z) + sum(z)) - Floats(16);
  const Floats three_smallest = smallest * Floats(3);
  for (std::size_t n = 0; n < halves_of_norm_twelve.size(); ++n) {
    const auto& [a, b, c] = halves_of_norm_twelve[n];
    const Floats kept = (z[a] + z[b]) + z[c];
    const Floats cheapest = min(min(z[a], z[b]), min(z[c], three_smallest));
    const Floats gain = raise_all - (kept + kept - Floats(6)) - only_where(even, cheapest + cheapest);
    best.consider(gain, shapes.size() + n);
  }
}

/// What is nearest to y in its coset. The gain is relative to 1/2 everywhere, and Σ z more.
Best nearest_in_coset(const EightFloats& y) noexcept {
  EightFloats z;
  Words signs(0);
  for (std::size_t i = 0; i < e8p_length; ++i) {
    signs = signs ^ as_words(y[i]);
    z[i] = as_floats(as_words(y[i]) & Words(magnitude_mask));
  }
  const Words odd = signs >> 31;
  const Words even = odd ^ Words(-1);
  const EightFloats sorted = sorted_descending(z);
  const Floats change = sorted[7] + sorted[7];
  const Floats if_odd = only_where(odd, change);
  const Floats if_even = only_where(even, change);

  std::array<Floats, 4> raised;  // gain of one, two, three, four 3/2
  for (std::size_t i = 0; i < raised.size(); ++i) {
    const Floats one = sorted[i] + sorted[i] - Floats(2);
    raised[i] = i == 0 ? one : raised[i - 1] + one;
  }
  const Floats five = (sorted[0] + sorted[0]) + (sorted[0] + sorted[0]) - Floats(6);
  Best best{.gain = Floats(0) - if_odd, .choice = Floats(0)};
  best.consider(raised[0] - if_even, 1);
  best.consider(raised[1] - if_odd, 2);
  best.consider(raised[2] - if_even, 3);
  best.consider(raised[3] - if_odd, 4);
  best.consider(five - if_odd, 5);
  best.consider(five + (sorted[1] + sorted[1] - Floats(2)) - if_even, 6);
  consider_norm_twelve(z, sorted[7], even, best);
  best.gain = best.gain + sum(z);
  return best;
}

/// The magnitudes of a choice for the coordinates with magnitudes z.
E8pPattern pattern_of(std::size_t choice, const std::array<float, e8p_length>& z) noexcept {
  if (choice >= shapes.size()) return e8p_patterns[e8p_closed_count + choice - shapes.size()];
  std::array<std::size_t, e8p_length>
      rank{};  // 0 for the largest; of equals the lower coordinate comes first
  for (std::size_t i = 0; i < e8p_length; ++i) {
    for (std::size_t j = i + 1; j < e8p_length; ++j) {
      const std::size_t first = z[i] >= z[j] ? 1 : 0;
      rank[j] += first;
      rank[i] += 1 - first;
    }
  }
  E8pPattern pattern;
  for (std::size_t i = 0; i < e8p_length; ++i) pattern[i] = shapes[choice][rank[i]];
  return pattern;
}

/// The code of the choice for y, in the coset +1/4 or −1/4.
std::uint16_t code_of(std::size_t choice, const std::array<float, e8p_length>& y, bool minus) noexcept {
  std::array<float, e8p_length> z;
  for (std::size_t i = 0; i < e8p_length; ++i) z[i] = std::fabs(y[i]);
  const E8pPattern pattern = pattern_of(choice, z);
  unsigned doubled_sum = 0;
  unsigned negative = 0;  // a bit for each coordinate
  std::size_t cheapest = 0;
  for (std::size_t i = 0; i < e8p_length; ++i) {
    doubled_sum += pattern[i];
    negative |= (y[i] < 0 ? 1u : 0u) << i;
    if (z[i] * pattern[i] <= z[cheapest] * pattern[cheapest]) cheapest = i;
  }
  const unsigned odd_sum = doubled_sum / 2 & 1;
  if ((static_cast<unsigned>(std::popcount(negative)) & 1) != odd_sum) negative ^= 1u << cheapest;
  negative ^= odd_sum << (e8p_length - 1);
  unsigned sign_byte = minus ? 1 : 0;
  for (std::size_t i = 0; i < e8p_length; ++i) sign_byte ^= (negative >> i & 1) << e8p_sign_bits[i];
  return static_cast<std::uint16_t>(unsigned{e8p_pattern_number(pattern)} << 8 | sign_byte);
}

/// Codes of Floats::size vectors.
void nearest_of_batch(const float* vectors, std::span<std::uint16_t> codes) noexcept {
  const EightFloats x = load_side_by_side<8>(vectors);
  EightFloats plus;
  EightFloats minus;
  for (std::size_t i = 0; i < e8p_length; ++i) {
    plus[i] = x[i] - Floats(0.25f);
    minus[i] = x[i] + Floats(0.25f);
  }
  const Best first = nearest_in_coset(plus);
  const Best second = nearest_in_coset(minus);
  const Floats half_sum = sum(x) * Floats(0.5f);
  const auto second_better = first.gain + half_sum < second.gain - half_sum;
  std::array<std::array<float, Floats::size>, e8p_length> y;
  for (std::size_t i = 0; i < e8p_length; ++i) {
    select(second_better, minus[i], plus[i]).store_unaligned(y[i].data());
  }
  std::array<float, Floats::size> choices;
  std::array<float, Floats::size> in_second;
  select(second_better, second.choice, first.choice).store_unaligned(choices.data());
  select(second_better, Floats(1), Floats(0)).store_unaligned(in_second.data());
  for (std::size_t lane = 0; lane < Floats::size; ++lane) {
    std::array<float, e8p_length> own;
    for (std::size_t i = 0; i < e8p_length; ++i) own[i] = y[i][lane];
    codes[lane] = code_of(static_cast<std::size_t>(choices[lane]), own, in_second[lane] == 1);
  }
}

}  // namespace

void nearest_e8p(std::span<const float> vectors, std::span<std::uint16_t> codes) noexcept {
  constexpr std::size_t lanes = Floats::size;
  std::size_t i = 0;
  for (; i + lanes <= codes.size(); i += lanes) {
    nearest_of_batch(vectors.data() + i * e8p_length, codes.subspan(i, lanes));
  }
  if (i < codes.size()) {
    std::array<float, lanes * e8p_length> rest{};
    std::array<std::uint16_t, lanes> found;
    std::copy(vectors.begin() + static_cast<std::ptrdiff_t>(i * e8p_length), vectors.end(), rest.begin());
    nearest_of_batch(rest.data(), found);
    std::copy_n(found.begin(), codes.size() - i, codes.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace compression
