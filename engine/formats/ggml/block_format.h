/// What the block formats of ggml have in common: how a matrix is cut into blocks, and the functions of
/// `Format` made of a codec that knows one block.
///
/// A block is a run of 32 or 256 weights of one row and takes a fixed number of bytes; blocks follow one
/// another in the order of the weights. A row whose length is no multiple of the block is padded with zeros
/// (of importance 0) to whole blocks, as rows of GGUF files always are whole blocks. Packed bytes are those
/// of ggml; where a block's fp16 scale would be infinite or NaN, packing throws EngineError(overflow). Bytes
/// are unpacked as ggml unpacks them, scales that are infinite or NaN included.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/formats/float16.h"
#include "engine/formats/format.h"
#include "engine/number_text.h"
#include "engine/small_code.h"
#include "engine/tensor/magnitude.h"

namespace compression::ggml {

/// Blocks that follow one another in a row, to be packed.
struct Run {
  const float* weights;     // [blocks × weights of a block], finite if the codec's scale does not show it
  const float* importance;  // as many, or nullptr: none given
  float mean_square;        // of the weights of the whole row; 0 without importance
  std::size_t blocks;
};

/// A little-endian fp16 field: whether it is neither infinite nor NaN, as a float, and rounded from one.
inline bool is_finite_scale(const std::uint8_t* bytes) noexcept {
  return (bytes[1] & 0x7c) != 0x7c;
}
inline float load_scale(const std::uint8_t* bytes) noexcept {
  return float_from_fp16(static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8));
}
inline void store_scale(float value, std::uint8_t* bytes) noexcept {
  const std::uint16_t code = fp16_from_float(value);
  bytes[0] = static_cast<std::uint8_t>(code);
  bytes[1] = static_cast<std::uint8_t>(code >> 8);
}

/// The `Format` of a codec, which says how large its block is and works on whole blocks:
///
///     static constexpr std::size_t weights, bytes;
///     static constexpr std::array scale_offsets;    where in the block its fp16 fields begin
///     static constexpr bool scale_shows_non_finite; without importance, whether NaN or infinity makes it one
///     static void encode(const Run& run, std::uint8_t* bytes);
///     static void decode(const std::uint8_t* bytes, std::size_t blocks, float* weights);
///     static void codes(const std::uint8_t* block, std::uint8_t* codes);    one byte a weight
///     static std::vector<float> levels(float absmax);                       absmax > 0
template <class Codec>
class BlockFormat {
 public:
  static std::uint64_t packed_size(const Format& /*format*/, const Layout& layout) {
    return std::uint64_t{layout.rows} * blocks_in(layout.cols) * Codec::bytes;
  }

  static void pack(const Format& format, std::span<const float> weights, const Layout& layout,
                   std::span<std::uint8_t> bytes) {
    for_each_run(weights, layout, [&](const Run& run, std::size_t begin) {
      encode(format, run, begin, bytes.data());
      bytes = bytes.subspan(run.blocks * Codec::bytes);
    });
  }

  static void unpack(const Format& /*format*/, std::span<const std::uint8_t> bytes, const Layout& layout,
                     std::span<float> weights) {
    const auto [rows, cols] = shape_of(layout);
    const std::uint8_t* source = bytes.data();
    for (std::size_t row = 0; row < rows; ++row, source += blocks_in(cols) * Codec::bytes) {
      decode(source, weights.subspan(row * cols, cols));
    }
  }

  COMPRESSION_SMALL_CODE static std::size_t distinct_codes(const Format& /*format*/,
                                                           std::span<const std::uint8_t> bytes,
                                                           const Layout& layout) {
    std::array<bool, 256> seen{};
    std::array<std::uint8_t, Codec::weights> codes;
    const auto [rows, cols] = shape_of(layout);
    const std::uint8_t* block = bytes.data();
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t left = cols; left > 0; block += Codec::bytes) {
        Codec::codes(block, codes.data());
        const std::size_t now = std::min(left, Codec::weights);
        for (std::size_t i = 0; i < now; ++i) seen[codes[i]] = true;
        left -= now;
      }
    }
    return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
  }

  COMPRESSION_SMALL_CODE static std::vector<float> levels(const Format& /*format*/, float absmax,
                                                          ScaleType /*scales*/) {
    if (absmax == 0) return {0.0f};
    std::vector<float> values = Codec::levels(absmax);
    if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) {
      throw EngineError(ErrorCode::overflow, "absmax = " + number_text(absmax) +
                                                 " needs a scale beyond the largest " + "fp16, 65504");
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
  }

 private:
  /// Weights of one run: few enough to stay in the fastest cache while they are checked and packed.
  static constexpr std::size_t run_weights = 2048;

  static constexpr std::size_t blocks_in(std::size_t cols) noexcept {
    return cols / Codec::weights + (cols % Codec::weights == 0 ? 0 : 1);
  }

  struct Shape {
    std::size_t rows, cols;
  };

  /// Rows that are whole blocks read as one long row.
  static Shape shape_of(const Layout& layout) noexcept {
    if (layout.cols % Codec::weights == 0) return {1, layout.count()};
    return {layout.rows, layout.cols};
  }

  /// Calls body(run, begin) for all weights: those of a run from `begin` on, with the zeros that fill up the
  /// last block of a row. Throws EngineError(non_finite).
  template <class Body>
  static void for_each_run(std::span<const float> weights, const Layout& layout, Body body) {
    const bool weighted = !layout.importance.empty();
    const auto [rows, cols] = weighted ? Shape{layout.rows, layout.cols} : shape_of(layout);
    for (std::size_t row = 0; row < rows; ++row) {
      const std::size_t end = (row + 1) * cols;
      const float mean_square = weighted ? row_mean_square(weights.subspan(row * cols, cols)) : 0;
      for (std::size_t begin = row * cols; begin < end;) {
        const auto part = weights.subspan(begin, std::min(run_weights, end - begin));
        if (weighted || !Codec::scale_shows_non_finite) require_finite(part, "weights", begin);
        const std::size_t whole = part.size() - part.size() % Codec::weights;
        const float* const importance = weighted ? layout.importance.data() + (begin - row * cols) : nullptr;
        if (whole > 0) {
          body(Run{part.data(), importance, mean_square, whole / Codec::weights}, begin);
          begin += whole;
        } else {
          std::array<float, Codec::weights> last{};
          std::array<float, Codec::weights> last_importance{};
          std::copy_n(part.data(), part.size(), last.data());
          if (weighted) std::copy_n(importance, part.size(), last_importance.data());
          body(Run{last.data(), weighted ? last_importance.data() : nullptr, mean_square, 1}, begin);
          begin += part.size();
        }
      }
    }
  }

  /// Mean of the squares of a row padded to whole blocks, summed from left to right as ggml does.
  static float row_mean_square(std::span<const float> row) noexcept {
    float sum = 0;
    for (const float x : row) sum += x * x;
    return sum / static_cast<float>(blocks_in(row.size()) * Codec::weights);
  }

  /// Codec::encode. Where a scale came out infinite or NaN throws EngineError(non_finite) for the weight that
  /// is so, or EngineError(overflow) if none is. `begin` is the index of the first weight.
  static void encode(const Format& format, const Run& run, std::size_t begin, std::uint8_t* bytes) {
    Codec::encode(run, bytes);
    for (std::size_t block = 0; block < run.blocks; ++block) {
      for (const std::size_t offset : Codec::scale_offsets) {
        if (is_finite_scale(bytes + block * Codec::bytes + offset)) continue;
        require_finite({run.weights, run.blocks * Codec::weights}, "weights", begin);
        throw EngineError(ErrorCode::overflow,
                          "the block at weights[" + std::to_string(begin + block * Codec::weights) +
                              "] needs a scale or minimum beyond the largest fp16, 65504, in format " +
                              std::string(format.info.id));
      }
    }
  }

  /// Codec::decode into any number of weights.
  static void decode(const std::uint8_t* bytes, std::span<float> weights) {
    const std::size_t whole = weights.size() / Codec::weights;
    Codec::decode(bytes, whole, weights.data());
    if (const auto rest = weights.subspan(whole * Codec::weights); !rest.empty()) {
      std::array<float, Codec::weights> last;
      Codec::decode(bytes + whole * Codec::bytes, 1, last.data());
      std::copy_n(last.data(), rest.size(), rest.data());
    }
  }
};

/// The facts of a block format that do not follow from its codec.
struct BlockFacts {
  std::string_view id;
  std::string_view name;
  int code_bits;
  std::size_t levels;
  std::string_view description;
};

template <class Codec>
constexpr Format block_format(const BlockFacts& facts) {
  using Functions = BlockFormat<Codec>;
  return {.info = {.id = facts.id,
                   .name = facts.name,
                   .bits_per_weight = 8.0 * Codec::bytes / Codec::weights,
                   .block_size = Codec::weights,
                   .levels = facts.levels,
                   .kind = FormatKind::ggml_block,
                   .source = "ggml, ggml-common.h and ggml-quants.c",
                   .description = facts.description,
                   .grouped = false},
          .code_bits = facts.code_bits,
          .packed_size = Functions::packed_size,
          .pack = Functions::pack,
          .unpack = Functions::unpack,
          .distinct_codes = Functions::distinct_codes,
          .levels = Functions::levels};
}

}  // namespace compression::ggml
