/// The two codebooks of bitsandbytes: sixteen values for weights that have been divided by the largest
/// magnitude of their block. A weight on a threshold takes the value nearer to −1 (NF4) or to 0 (FP4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/tensor/batch.h"

namespace compression {

/// bitsandbytes keeps what it divides by away from 0 by this much.
inline constexpr float least_absmax = 1e-38f;

/// NormalFloat (Dettmers et al. 2023, QLoRA, appendix E): quantiles of the normal distribution, with a 0 of
/// its own; ascending.
struct NormalFloat {
  static constexpr std::array values = {
      -1.0f,
      -0.6961928009986877f,
      -0.5250730514526367f,
      -0.39491748809814453f,
      -0.28444138169288635f,
      -0.18477343022823334f,
      -0.09105003625154495f,
      0.0f,
      0.07958029955625534f,
      0.16093020141124725f,
      0.24611230194568634f,
      0.33791524171829224f,
      0.44070982933044434f,
      0.5626170039176941f,
      0.7229568362236023f,
      1.0f,
  };
  static constexpr std::uint8_t zero = 7;
  static constexpr int sign_bits = 0;

  /// How many midpoints between neighbours lie below.
  template <class F>
  static auto encode(F scaled) noexcept {
    auto code = as_words(F(0.0f));
    for (const float threshold : thresholds) code = code - minus_one_where(F(threshold) < scaled);
    return code;
  }

 private:
  static constexpr auto thresholds = [] {
    std::array<float, 15> middles{};
    for (std::size_t i = 0; i < middles.size(); ++i) middles[i] = (values[i] + values[i + 1]) / 2;
    return middles;
  }();
};

/// bitsandbytes' own 4-bit float: a sign and eight magnitudes in twelfths, whose codes are not in order.
struct BitsandbytesFloat {
  static constexpr float smallest = 0.0625f / 12;
  static constexpr std::array values = {0.0f,       smallest,   8.0f / 12,  1.0f,      4.0f / 12,  6.0f / 12,
                                        2.0f / 12,  3.0f / 12,  -0.0f,      -smallest, -8.0f / 12, -1.0f,
                                        -4.0f / 12, -6.0f / 12, -2.0f / 12, -3.0f / 12};
  static constexpr std::uint8_t zero = 0;
  static constexpr int sign_bits = 1;

  template <class F>
  static auto encode(F scaled) noexcept {
    using W = decltype(as_words(scaled));
    const F magnitude = as_floats(as_words(scaled) & W(0x7fffffff));
    W rank(0);
    for (const float threshold : thresholds) rank = rank - minus_one_where(F(threshold) < magnitude);
    // Ranks 0 1 2 3 4 5 6 7 have the codes 0 1 6 7 4 5 2 3; −0 has none.
    return (minus_one_where(scaled < F(0.0f)) & W(8)) | (rank ^ ((rank & W(2)) << 1));
  }

 private:
  static constexpr std::array thresholds = {0.00260417f, 0.0859375f, 0.20833333f, 0.29166667f,
                                            0.4166667f,  0.583333f,  0.8333333f};
};

}  // namespace compression
