/// The naive form of the searches for scales that ggml's K-quants make: one block, one number at a time, in
/// float32 and strictly from left to right, because the bytes depend on the last bit of every sum.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace compression::reference {

/// Below this magnitude a block counts as zeros.
inline constexpr float negligible = 1e-15f;

/// Nearest integer, ties to even, as the lowest bits of x + 1.5 × 2^23; beyond ±2^22 whatever those bits are.
inline int nearest(float x) {
  return static_cast<int>(std::bit_cast<std::uint32_t>(x + 12582912.0f) & 0x7fffff) - 0x400000;
}

inline float signed_maximum(std::span<const float> x) {
  float magnitude = 0;
  float largest = 0;
  for (const float value : x) {
    if (std::abs(value) <= magnitude) continue;
    magnitude = std::abs(value);
    largest = value;
  }
  return largest;
}

struct AffineFit {
  float scale;
  float minimum;  // what is taken away: at least 0
  std::vector<int> codes;
};

struct AffineCandidates {
  float first, step;
  int last;
  bool absolute;  // absolute errors in place of squared ones
};

/// Scale and minimum for codes 0…highest.
inline AffineFit fit_affine(std::span<const float> x, std::span<const float> w, int highest,
                            const AffineCandidates& candidates) {
  const std::size_t n = x.size();
  float minimum = *std::min_element(x.begin(), x.end());
  const float maximum = *std::max_element(x.begin(), x.end());
  float sum_w = w[0];
  float sum_x = w[0] * x[0];
  for (std::size_t i = 1; i < n; ++i) {
    sum_w += w[i];
    sum_x += w[i] * x[i];
  }
  if (minimum > 0) minimum = 0;
  if (maximum <= minimum) return {0, -minimum, std::vector<int>(n)};

  const auto codes_at = [&](float inverse) {
    std::vector<int> codes;
    for (const float value : x) codes.push_back(std::clamp(nearest(inverse * (value - minimum)), 0, highest));
    return codes;
  };
  const auto error_of = [&](const std::vector<int>& codes, float scale, float offset) {
    float error = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const float difference = scale * static_cast<float>(codes[i]) + offset - x[i];
      error += w[i] * (candidates.absolute ? std::abs(difference) : difference * difference);
    }
    return error;
  };

  const auto top = static_cast<float>(highest);
  const float inverse = top / (maximum - minimum);
  AffineFit best{1 / inverse, 0, codes_at(inverse)};
  float least = error_of(best.codes, best.scale, minimum);
  for (int step = 0; step <= candidates.last; ++step) {
    const float tried = candidates.first + candidates.step * static_cast<float>(step) + top;
    const std::vector<int> codes = codes_at(tried / (maximum - minimum));
    float sum_l = 0, sum_l2 = 0, sum_xl = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const auto code = static_cast<float>(codes[i]);
      sum_l += w[i] * code;
      sum_l2 += w[i] * code * code;
      sum_xl += w[i] * code * x[i];
    }
    const float determinant = sum_w * sum_l2 - sum_l * sum_l;
    if (!(determinant > 0)) continue;
    float scale = (sum_w * sum_xl - sum_x * sum_l) / determinant;
    float offset = (sum_l2 * sum_x - sum_l * sum_xl) / determinant;
    if (offset > 0) {
      offset = 0;
      scale = sum_xl / sum_l2;
    }
    const float error = error_of(codes, scale, offset);
    if (error < least) {
      best.codes = codes;
      best.scale = scale;
      least = error;
      minimum = offset;
    }
  }
  best.minimum = -minimum;
  return best;
}

struct Fit {
  float scale;
  std::vector<int> codes;
};

/// Scale for numbers of at least 0 and codes 0…highest: for scales and minima of blocks.
inline Fit fit_non_negative(std::span<const float> x, std::span<const float> w, int highest) {
  const std::size_t n = x.size();
  const float maximum = std::max(0.0f, *std::max_element(x.begin(), x.end()));
  if (maximum < negligible) return {0, std::vector<int>(n)};
  const auto top = static_cast<float>(highest);
  const auto error_at = [&](float inverse, bool clip) {
    const float scale = 1 / inverse;
    float error = 0;
    for (std::size_t i = 0; i < n; ++i) {
      int code = nearest(inverse * x[i]);
      code = clip ? std::min(highest, code) : code & 0xff;
      const float difference = x[i] - scale * static_cast<float>(code);
      error += w[i] * difference * difference;
    }
    return error;
  };
  float inverse = top / maximum;
  float least = error_at(inverse, false);
  for (int step = -4; step <= 4; ++step) {
    if (step == 0) continue;
    const float tried = (0.1f * static_cast<float>(step) + top) / maximum;
    const float error = error_at(tried, true);
    if (error < least) {
      least = error;
      inverse = tried;
    }
  }
  std::vector<int> codes(n);
  float sum_xl = 0, sum_l2 = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const int code = std::min(highest, nearest(inverse * x[i]));
    codes[i] = code & 0xff;
    sum_xl += w[i] * x[i] * static_cast<float>(code);
    sum_l2 += w[i] * static_cast<float>(code) * static_cast<float>(code);
  }
  for (int sweep = 0; sweep < 5; ++sweep) {
    bool changed = false;
    for (std::size_t i = 0; i < n; ++i) {
      const auto old = static_cast<float>(codes[i]);
      float xl = sum_xl - w[i] * x[i] * old;
      float l2 = sum_l2 - w[i] * old * old;
      if (!(xl > 0 && l2 > 0)) continue;
      const int code = std::min(highest, nearest(x[i] * l2 / xl));
      if (code == codes[i]) continue;
      xl += w[i] * x[i] * static_cast<float>(code);
      l2 += w[i] * static_cast<float>(code) * static_cast<float>(code);
      if (xl * xl * sum_l2 > sum_xl * sum_xl * l2) {
        codes[i] = code & 0xff;
        sum_xl = xl;
        sum_l2 = l2;
        changed = true;
      }
    }
    if (!changed) break;
  }
  return {sum_l2 > 0 ? sum_xl / sum_l2 : 0, codes};
}

/// Scale for codes −half…half − 1, which are returned plus half; squares are the weights where none are
/// given.
inline Fit fit_symmetric(std::span<const float> x, std::span<const float> w, int half) {
  const std::size_t n = x.size();
  const float maximum = signed_maximum(x);
  if (std::abs(maximum) < negligible) return {0, std::vector<int>(n)};
  Fit best{0, std::vector<int>(n)};
  float best_gain = 0;
  const auto attempt = [&](float inverse, bool first) {
    std::vector<int> codes;
    float sum_xl = 0, sum_l2 = 0;
    for (std::size_t i = 0; i < n; ++i) {
      codes.push_back(std::clamp(nearest(inverse * x[i]), -half, half - 1));
      const auto code = static_cast<float>(codes[i]);
      const float weight = w.empty() ? x[i] * x[i] : w[i];
      sum_xl += weight * x[i] * code;
      sum_l2 += weight * code * code;
    }
    if (first) {
      best.scale = sum_l2 != 0 ? sum_xl / sum_l2 : 0;
    } else if (sum_l2 > 0 && sum_xl * sum_xl > best_gain * sum_l2) {
      best.scale = sum_xl / sum_l2;
    } else {
      return;
    }
    best_gain = best.scale * sum_xl;
    for (std::size_t i = 0; i < n; ++i) best.codes[i] = codes[i] + half;
  };
  attempt(static_cast<float>(-half) / maximum, true);
  for (int step = -9; step <= 9; ++step) {
    if (step != 0) attempt(-(static_cast<float>(half) + 0.1f * static_cast<float>(step)) / maximum, false);
  }
  return best;
}

/// Scale for codes −half…half − 1, returned plus half, each code improved in turn.
inline Fit fit_by_descent(std::span<const float> x, int half) {
  const std::size_t n = x.size();
  const float maximum = signed_maximum(x);
  if (std::abs(maximum) < negligible) return {0, std::vector<int>(n)};
  const float inverse = static_cast<float>(-half) / maximum;
  std::vector<int> codes;
  float sum_xl = 0, sum_l2 = 0;
  for (const float value : x) {
    codes.push_back(std::clamp(nearest(inverse * value), -half, half - 1));
    const auto code = static_cast<float>(codes.back());
    sum_xl += value * value * value * code;
    sum_l2 += value * value * code * code;
  }
  for (int sweep = 0; sweep < 5; ++sweep) {
    bool changed = false;
    for (std::size_t i = 0; i < n; ++i) {
      const float w = x[i] * x[i];
      const auto old = static_cast<float>(codes[i]);
      float xl = sum_xl - w * x[i] * old;
      if (!(xl > 0)) continue;
      float l2 = sum_l2 - w * old * old;
      const int code = std::clamp(nearest(x[i] * l2 / xl), -half, half - 1);
      if (code == codes[i]) continue;
      xl += w * x[i] * static_cast<float>(code);
      l2 += w * static_cast<float>(code) * static_cast<float>(code);
      if (l2 > 0 && xl * xl * sum_l2 > sum_xl * sum_xl * l2) {
        codes[i] = code;
        sum_xl = xl;
        sum_l2 = l2;
        changed = true;
      }
    }
    if (!changed) break;
  }
  for (int& code : codes) code += half;
  return {sum_l2 > 0 ? sum_xl / sum_l2 : 0, codes};
}

}  // namespace compression::reference
