// E8P at two bits (QuIP#): the weights turned by a randomized Hadamard transform on both sides, after which
// they look like draws from a normal distribution, and every eight of a row replaced by the nearest codeword.
//
// Rows are filled up with zeros to a multiple of eight. The scale is the root mean square of what is then
// there, over 1.03, at which the codebook's distortion of normal numbers is smallest. A single row is turned
// on its input side alone: the transform of one number is that number, up to its sign.
//
// Packed, little-endian: the seed of the signs (8 bytes; inputs first, then outputs), the scale (fp32), and
// a code of 16 bits for every eight weights, row by row. No weights take no bytes. Unpacking returns to the
// original basis, so that packing the result again finds weights of another root mean square: what holds is a
// bound on the distance, not that a second pass changes nothing.
#include "engine/formats/vector/e8p.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/formats/bit_packing.h"
#include "engine/formats/format.h"
#include "engine/formats/vector/e8p_codebook.h"
#include "engine/formats/vector/e8p_nearest.h"
#include "engine/tensor/dot_product.h"
#include "engine/tensor/magnitude.h"
#include "engine/tensor/random.h"
#include "engine/tensor/randomized_hadamard.h"

namespace compression {
namespace {

constexpr std::size_t header_size = sizeof(std::uint64_t) + sizeof(float);

std::size_t code_count(const Layout& layout) noexcept {
  return layout.rows * (e8p_width(layout.cols) / e8p_length);
}

std::uint64_t packed_size(const Format& /*format*/, const Layout& layout) {
  if (layout.count() == 0) return 0;
  const std::uint64_t codes = std::uint64_t{layout.rows} * ((layout.cols + e8p_length - 1) / e8p_length);
  return header_size + sizeof(std::uint16_t) * codes;
}

/// Not for an empty layout.
E8pMatrix encode(std::span<const float> weights, const Layout& layout) {
  require_finite(weights, "weights");
  E8pMatrix encoded{.seed = layout.seed,
                    .scale = e8p_scale(weights, layout.rows * e8p_width(layout.cols)),
                    .codes = std::vector<std::uint16_t>(code_count(layout))};
  if (encoded.scale == 0) return encoded;
  nearest_e8p(turn_for_e8p(weights, layout.rows, layout.cols, encoded.scale,
                           e8p_sides(encoded.seed, layout.rows, layout.cols)),
              encoded.codes);
  return encoded;
}

void decode(const E8pMatrix& encoded, const Layout& layout, std::span<float> weights) {
  if (encoded.scale == 0) return std::fill(weights.begin(), weights.end(), 0.0f);
  constexpr float largest = std::numeric_limits<float>::max();
  const std::size_t width = e8p_width(layout.cols);
  std::vector<float> turned(layout.rows * width);
  decode_e8p(encoded.codes, turned);
  const E8pSides sides = e8p_sides(encoded.seed, layout.rows, layout.cols);
  sides.outputs.undo(turned);
  sides.inputs.undo_rows(turned);
  for (std::size_t row = 0; row < layout.rows; ++row) {
    const float* const source = turned.data() + row * width;
    float* const target = weights.data() + row * layout.cols;
    for (std::size_t col = 0; col < layout.cols; ++col) {
      target[col] = std::clamp(source[col] * encoded.scale, -largest, largest);
    }
  }
}

void write(const E8pMatrix& encoded, std::span<std::uint8_t> bytes) noexcept {
  std::memcpy(bytes.data(), &encoded.seed, sizeof encoded.seed);
  std::memcpy(bytes.data() + sizeof encoded.seed, &encoded.scale, sizeof encoded.scale);
  std::memcpy(bytes.data() + header_size, encoded.codes.data(), bytes.size() - header_size);
}

void pack(const Format& /*format*/, std::span<const float> weights, const Layout& layout,
          std::span<std::uint8_t> bytes) {
  if (!weights.empty()) write(encode(weights, layout), bytes);
}

std::vector<std::uint16_t> read_codes(std::span<const std::uint8_t> bytes, const Layout& layout) {
  std::vector<std::uint16_t> codes(code_count(layout));
  std::memcpy(codes.data(), bytes.data() + header_size, bytes.size() - header_size);
  return codes;
}

void unpack(const Format& /*format*/, std::span<const std::uint8_t> bytes, const Layout& layout,
            std::span<float> weights) {
  if (weights.empty()) return;
  E8pMatrix encoded;
  std::memcpy(&encoded.seed, bytes.data(), sizeof encoded.seed);
  std::memcpy(&encoded.scale, bytes.data() + sizeof encoded.seed, sizeof encoded.scale);
  if (!(encoded.scale >= 0 && std::isfinite(encoded.scale))) {
    throw EngineError(ErrorCode::corrupt_packed, "the scale is not a finite number of at least 0");
  }
  encoded.codes = read_codes(bytes, layout);
  decode(encoded, layout, weights);
}

std::size_t distinct_codes(const Format& /*format*/, std::span<const std::uint8_t> bytes,
                           const Layout& layout) {
  if (bytes.empty()) return 0;
  std::vector<bool> seen(1 << 16);
  for (const std::uint16_t code : read_codes(bytes, layout)) seen[code] = true;
  return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
}

/// What a coordinate of a codeword can be, where its largest magnitude, 11/4 scales, is absmax. The weights
/// themselves are sums of many such numbers, and have no levels.
std::vector<float> levels(const Format& /*format*/, float absmax, ScaleType /*scales*/) {
  if (absmax == 0) return {0.0f};
  std::vector<float> values;
  for (int quarters = -11; quarters <= 11; quarters += 2) {
    values.push_back(static_cast<float>(static_cast<double>(absmax) * quarters / 11));
  }
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

}  // namespace

E8pSides e8p_sides(std::uint64_t seed, std::size_t rows, std::size_t cols) {
  Random random(seed);
  std::vector<float> of_inputs = random_signs(e8p_width(cols), random);
  return {.inputs = RandomizedHadamard(std::move(of_inputs)),
          .outputs = RandomizedHadamard(random_signs(rows, random))};
}

float e8p_scale(std::span<const float> weights, std::size_t count) {
  const double squares = sum_of_squares(weights);
  return static_cast<float>(std::sqrt(squares / static_cast<double>(count)) / optimal_e8p_scale);
}

std::vector<float> turn_for_e8p(std::span<const float> weights, std::size_t rows, std::size_t cols,
                                float scale, const E8pSides& sides) {
  const std::size_t width = e8p_width(cols);
  std::vector<float> turned(rows * width);
  for (std::size_t row = 0; row < rows; ++row) {
    const float* const source = weights.data() + row * cols;
    float* const target = turned.data() + row * width;
    for (std::size_t col = 0; col < cols; ++col) target[col] = source[col] / scale;
  }
  sides.inputs.apply_to_rows(turned);
  sides.outputs.apply(turned);
  return turned;
}

Packed pack_e8p(const E8pMatrix& matrix, std::size_t rows, std::size_t cols) {
  Packed packed{.bytes = std::vector<std::uint8_t>(header_size + sizeof(std::uint16_t) * matrix.codes.size()),
                .spec = {.format = std::string(e8p.info.id), .rows = rows, .cols = cols}};
  write(matrix, packed.bytes);
  return packed;
}

constinit const Format e8p = {
    .info = {.id = "e8p",
             .name = "E8P (QuIP#)",
             .bits_per_weight = 2,
             .block_size = e8p_length,
             .levels = 1 << 16,
             .kind = FormatKind::vector,
             .source = "Tseng et al. 2024, QuIP#",
             .description = "eight weights at a time to the nearest of 65,536 points of "
                            "the lattice E8, after a random rotation",
             .grouped = false},
    .code_bits = 16,
    .packed_size = packed_size,
    .pack = pack,
    .unpack = unpack,
    .distinct_codes = distinct_codes,
    .levels = levels};

}  // namespace compression
