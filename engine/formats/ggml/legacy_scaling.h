/// How ggml's blocks of 32 weights are scaled: around 0 (the formats _0) or from a minimum on (_1). The scale
/// and the minimum are fp16 at the head of a block; codes come from them before they are rounded.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/formats/ggml/affine_search.h"
#include "engine/formats/ggml/block_extremes.h"
#include "engine/formats/ggml/block_format.h"
#include "engine/formats/ggml/rounding.h"
#include "engine/formats/ggml/symmetric_search.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/side_by_side.h"

namespace compression::ggml {

using Block = std::span<const float, 32>;

inline float lane_of(Floats batch, std::size_t lane) noexcept {
  std::array<float, Floats::size> lanes;
  batch.store_unaligned(lanes.data());
  return lanes[lane];
}

/// Codes 0…2^bits − 1, of which the middle one stands for 0 and the first one for the largest weight.
template <int bits>
struct Symmetric {
  static constexpr std::size_t head = 2;
  static constexpr std::array<std::size_t, 1> scale_offsets = {0};
  static constexpr bool scale_shows_non_finite = true;
  static constexpr int middle = 1 << (bits - 1);

  /// Writes the head of a block, and knows the codes of its weights.
  class Encoder {
   public:
    Encoder() = default;
    Encoder(Block block, std::uint8_t* bytes) noexcept {
      const float d = first_largest(block) / -middle;
      store_scale(d, bytes);
      inverse_ = reciprocal_or_zero(d);
      // What a conversion makes of infinity C leaves open; on the processors that ggml runs on it gives 0.
      if (std::isinf(inverse_)) inverse_ = bias_ = 0;
    }
    Words operator()(Floats weights) const noexcept {
      const Floats scaled = weights * Floats(inverse_) + Floats(bias_);
      return min(truncated_words(scaled), Words(2 * middle - 1));
    }

   private:
    float inverse_ = 0;
    float bias_ = middle + 0.5f;
  };

  /// Heads and codes that ggml searches for where weights have importance w, a block a lane.
  class Fit {
   public:
    Fit(const SideBySide<32>& x, const SideBySide<32>& w) noexcept : fit_(fit_symmetric(x, w, middle)) {}
    void store_head(std::size_t lane, std::uint8_t* bytes) const noexcept {
      store_scale(lane_of(fit_.scale, lane), bytes);
    }
    [[nodiscard]] Floats code(Floats x) const noexcept { return fit_.code(x); }

   private:
    SymmetricFit<Floats> fit_;
  };

  /// Reads the head of a block, and knows the weights of its codes less `middle`.
  class Decoder {
   public:
    explicit Decoder(const std::uint8_t* bytes) noexcept : d_(load_scale(bytes)) {}
    Floats operator()(Floats centred) const noexcept { return centred * Floats(d_); }

   private:
    float d_;
  };
};

/// Codes 0…2^bits − 1 from the smallest weight to the largest.
template <int bits>
struct Affine {
  static constexpr std::size_t head = 4;
  static constexpr std::array<std::size_t, 2> scale_offsets = {0, 2};
  static constexpr bool scale_shows_non_finite = false;  // comparisons pass over a NaN
  static constexpr int middle = 0;
  static constexpr int highest = (1 << bits) - 1;

  class Encoder {
   public:
    Encoder() = default;
    Encoder(Block block, std::uint8_t* bytes) noexcept {
      const auto [minimum, maximum] = block_extremes(block);
      const float d = minimum == maximum ? 0.0f : (maximum - minimum) / highest;
      store_scale(d, bytes);
      store_scale(minimum, bytes + 2);
      minimum_ = minimum;
      inverse_ = reciprocal_or_zero(d);
      if (std::isinf(inverse_)) inverse_ = 0;
    }
    Words operator()(Floats weights) const noexcept {
      const Floats scaled = (weights - Floats(minimum_)) * Floats(inverse_) + Floats(0.5f);
      return min(truncated_words(scaled), Words(highest));
    }

   private:
    float minimum_ = 0;
    float inverse_ = 0;
  };

  class Fit {
   public:
    Fit(const SideBySide<32>& x, const SideBySide<32>& w) noexcept
        : fit_(fit_affine<ErrorKind::squared>(x, w, highest, important_candidates)) {}
    void store_head(std::size_t lane, std::uint8_t* bytes) const noexcept {
      store_scale(lane_of(fit_.scale, lane), bytes);
      store_scale(-lane_of(fit_.minimum, lane), bytes + 2);
    }
    [[nodiscard]] Floats code(Floats x) const noexcept { return fit_.grid.code(x); }

   private:
    AffineFit fit_;
  };

  class Decoder {
   public:
    explicit Decoder(const std::uint8_t* bytes) noexcept : d_(load_scale(bytes)), m_(load_scale(bytes + 2)) {}
    Floats operator()(Floats codes) const noexcept { return codes * Floats(d_) + Floats(m_); }

   private:
    float d_;
    float m_;
  };
};

}  // namespace compression::ggml
