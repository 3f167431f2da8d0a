// AQLM, 2 × 8 bits over 8 weights: a group of eight neighbours in a row is the sum of one vector out of each
// of two codebooks, which are learned from the weights themselves, times the scale of the row.
//
// Rows are divided by their root mean square, which is AQLM's norm up to a factor that the codebooks take,
// and filled up with zeros to whole groups. The codebooks are learned from at most 16,384 groups at even
// distances (codebook_training.h, with the seed of the layout), each counting as the square of its row's
// scale; they are then rounded to fp16, all groups are searched, and each row's scale becomes the one that
// fits its codes best, unless rounding to its type makes that worse. There are no activations here: H = I.
//
// Packed, little-endian: the codebooks (fp16 [2, 256, 8]), the scales of the rows (fp16 or fp32), the codes
// (two bytes a group, one for each codebook). No weights take no bytes. That makes
//     2 × 8 bits a group + 2 × 256 × 8 × 16 bits of codebooks + 16 bits a row
// as in the paper; the codebooks count little in a layer of a language model, and a lot in ten thousand
// weights. Packing the result again learns codebooks anew: what holds is a bound on the distance.
#include "engine/formats/vector/aqlm.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/format.h"
#include "engine/formats/scale.h"
#include "engine/formats/vector/additive_codebooks.h"
#include "engine/formats/vector/beam_search.h"
#include "engine/formats/vector/codebook_training.h"
#include "engine/number_text.h"
#include "engine/tensor/magnitude.h"

namespace compression {
namespace {

constexpr std::size_t beams = 4;
constexpr std::size_t sweeps = 2;
constexpr std::size_t most_training_groups = 16'384;
constexpr std::size_t codebook_values = aqlm_codebooks * aqlm_entries * aqlm_length;
constexpr std::size_t codebooks_size = 2 * codebook_values;

std::size_t groups_of_row(const Layout& layout, std::size_t length = aqlm_length) noexcept {
  return (layout.cols + length - 1) / length;
}

std::uint64_t packed_size(const Format& /*format*/, const Layout& layout) {
  if (layout.count() == 0) return 0;
  const std::uint64_t rows = layout.rows;
  return codebooks_size + rows * scale_size(layout.scales) + rows * groups_of_row(layout) * aqlm_codebooks;
}

/// Bytes cut into codebooks, scales and codes.
template <class Byte>
struct Sections {
  std::span<Byte> codebooks;
  std::span<Byte> scales;
  std::span<Byte> codes;

  Sections(const Layout& layout, std::span<Byte> bytes) noexcept
      : codebooks(bytes.first(codebooks_size)),
        scales(bytes.subspan(codebooks_size, layout.rows * scale_size(layout.scales))),
        codes(bytes.subspan(codebooks_size + scales.size())) {}
};

/// The weights of a matrix in groups that are filled up with zeros.
class Groups {
 public:
  Groups(std::span<const float> weights, const Layout& layout, std::size_t length) noexcept
      : weights_(weights), cols_(layout.cols), length_(length), of_row_(groups_of_row(layout, length)) {}

  [[nodiscard]] std::size_t row_of(std::size_t group) const noexcept { return group / of_row_; }

  /// The group, over `scale`; zeros where that is 0.
  [[nodiscard]] std::vector<float> scaled(std::size_t group, float scale) const {
    std::vector<float> values(length_);
    const std::size_t begin = group % of_row_ * length_;
    const float* const row = weights_.data() + row_of(group) * cols_;
    for (std::size_t i = 0; i < std::min(length_, cols_ - begin) && scale > 0; ++i) {
      values[i] = row[begin + i] / scale;
    }
    return values;
  }

 private:
  std::span<const float> weights_;
  std::size_t cols_;
  std::size_t length_;
  std::size_t of_row_;
};

std::vector<float> row_scales(std::span<const float> weights, const Layout& layout) {
  std::vector<float> scales(layout.rows);
  for (std::size_t row = 0; row < layout.rows; ++row) {
    double squares = 0;
    for (const float weight : weights.subspan(row * layout.cols, layout.cols)) {
      squares += static_cast<double>(weight) * static_cast<double>(weight);
    }
    const double rms = std::sqrt(squares / static_cast<double>(layout.cols));
    scales[row] = rounded_aqlm_scale(rms, layout.scales);
    if (std::isinf(scales[row])) {
      throw EngineError(ErrorCode::overflow, "row " + std::to_string(row) + " needs the scale " +
                                                 number_text(rms) +
                                                 ", beyond the largest fp16, 65504; store scales as fp32");
    }
  }
  return scales;
}

/// Codebooks for the groups, as fp16 holds them.
AdditiveCodebooks learned_codebooks(const Groups& groups, std::size_t count, std::span<const float> scales,
                                    const AqlmShape& shape, std::uint64_t seed) {
  const std::size_t sampled = std::min(count, most_training_groups);
  std::vector<float> sample;
  std::vector<double> weights;
  for (std::size_t i = 0; i < sampled; ++i) {
    const auto group = static_cast<std::size_t>(std::uint64_t{i} * count / sampled);
    const float scale = scales[groups.row_of(group)];
    const auto values = groups.scaled(group, scale);
    sample.insert(sample.end(), values.begin(), values.end());
    weights.push_back(static_cast<double>(scale) * static_cast<double>(scale));
  }
  AdditiveCodebooks codebooks = train_codebooks(sample, weights,
                                                {.codebooks = shape.codebooks,
                                                 .entries = shape.entries,
                                                 .length = shape.length,
                                                 .beams = beams,
                                                 .seed = seed})
                                    .codebooks;
  round_to_fp16(codebooks);
  return codebooks;
}

/// Each row's scale s to the one at which |weights − s × codes' vectors|² is smallest, if its type holds one
/// that is better than the present.
void fit_scales(std::span<const float> weights, const Layout& layout, AqlmMatrix& encoded) {
  const auto& [count, entries, length, values] = encoded.codebooks;
  const std::size_t of_row = groups_of_row(layout, length);
  std::vector<float> sum(length);
  for (std::size_t row = 0; row < layout.rows; ++row) {
    double product = 0;
    double energy = 0;
    for (std::size_t col = 0; col < layout.cols; ++col) {
      if (col % length == 0) {
        const std::size_t group = row * of_row + col / length;
        encoded.codebooks.add_up(std::span(encoded.codes).subspan(group * count, count), sum);
      }
      const double value = sum[col % length];
      product += static_cast<double>(weights[row * layout.cols + col]) * value;
      energy += value * value;
    }
    if (!(product > 0)) continue;
    const float fitted = rounded_aqlm_scale(product / energy, layout.scales);
    // |w − s v|² less |w|².
    const auto cost = [&](double scale) { return scale * (scale * energy - 2 * product); };
    if (std::isfinite(fitted) && cost(fitted) < cost(encoded.scales[row])) encoded.scales[row] = fitted;
  }
}

void write(const AqlmMatrix& encoded, const Layout& layout, std::span<std::uint8_t> bytes) {
  const Sections<std::uint8_t> sections(layout, bytes);
  write_scales(encoded.codebooks.values, ScaleType::fp16, sections.codebooks);
  write_scales(encoded.scales, layout.scales, sections.scales);
  std::copy(encoded.codes.begin(), encoded.codes.end(), sections.codes.begin());
}

void pack(const Format& /*format*/, std::span<const float> weights, const Layout& layout,
          std::span<std::uint8_t> bytes) {
  if (!weights.empty()) write(learn_aqlm(weights, layout), layout, bytes);
}

void unpack(const Format& /*format*/, std::span<const std::uint8_t> bytes, const Layout& layout,
            std::span<float> weights) {
  if (weights.empty()) return;
  const Sections<const std::uint8_t> sections(layout, bytes);
  AqlmMatrix encoded{
      .codebooks = {.count = aqlm_codebooks, .entries = aqlm_entries, .length = aqlm_length, .values = {}},
      .scales = std::vector<float>(layout.rows),
      .codes = std::vector<std::uint16_t>(sections.codes.begin(), sections.codes.end())};
  encoded.codebooks.values.resize(codebook_values);
  read_scales(sections.codebooks, ScaleType::fp16, encoded.codebooks.values);
  read_scales(sections.scales, layout.scales, encoded.scales);
  for (const float value : encoded.codebooks.values) {
    if (!std::isfinite(value)) {
      throw EngineError(ErrorCode::corrupt_packed, "the codebooks hold a number that is not finite");
    }
  }
  for (std::size_t row = 0; row < layout.rows; ++row) {
    if (!(encoded.scales[row] >= 0 && std::isfinite(encoded.scales[row]))) {
      throw EngineError(ErrorCode::corrupt_packed,
                        "the scale of row " + std::to_string(row) + " is not a finite number of at least 0");
    }
  }
  unpack_aqlm(encoded, layout, weights);
}

std::size_t distinct_codes(const Format& /*format*/, std::span<const std::uint8_t> bytes,
                           const Layout& layout) {
  if (bytes.empty()) return 0;
  const Sections<const std::uint8_t> sections(layout, bytes);
  std::vector<bool> seen(aqlm_entries * aqlm_entries);
  for (std::size_t i = 0; i < sections.codes.size(); i += aqlm_codebooks) {
    seen[sections.codes[i] * aqlm_entries + sections.codes[i + 1]] = true;
  }
  return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
}

/// The codebooks are learned, and no value is given before there are weights: only the ends of what they
/// cover.
std::vector<float> levels(const Format& /*format*/, float absmax, ScaleType /*scales*/) {
  if (absmax == 0) return {0.0f};
  return {-absmax, absmax};
}

}  // namespace

float rounded_aqlm_scale(double value, ScaleType type) noexcept {
  const float rounded =
      rounded_scale(ScalarBatch<float>(static_cast<float>(value)), ScalarBatch<float>(1), type).value;
  return value > 0 && rounded == 0 ? next_scale(0, type) : rounded;
}

void round_to_fp16(AdditiveCodebooks& codebooks) noexcept {
  for (float& value : codebooks.values) value = float_from_fp16(fp16_from_float(value));
}

double aqlm_bits(const AqlmShape& shape, std::size_t rows, std::size_t cols, ScaleType scales) noexcept {
  const auto [codebooks, entries, length] = shape;
  const std::size_t groups = rows * ((cols + length - 1) / length);
  const std::size_t codes = groups * codebooks * static_cast<std::size_t>(std::bit_width(entries - 1));
  const std::size_t of_codebooks = codebooks * entries * length * 16;
  const std::size_t of_rows = rows * scale_size(scales) * 8;
  return static_cast<double>(codes + of_codebooks + of_rows) / static_cast<double>(rows * cols);
}

AqlmMatrix learn_aqlm(std::span<const float> weights, const Layout& layout, const AqlmShape& shape) {
  require_finite(weights, "weights");
  AqlmMatrix encoded;
  encoded.scales = row_scales(weights, layout);
  const Groups groups(weights, layout, shape.length);
  const std::size_t count = layout.rows * groups_of_row(layout, shape.length);
  encoded.codebooks = learned_codebooks(groups, count, encoded.scales, shape, layout.seed);
  encoded.codes.resize(count * shape.codebooks);
  BeamSearch search(encoded.codebooks, identity(shape.length), beams);
  for (std::size_t group = 0; group < count; ++group) {
    const auto values = groups.scaled(group, encoded.scales[groups.row_of(group)]);
    const std::span<std::uint16_t> codes =
        std::span(encoded.codes).subspan(group * shape.codebooks, shape.codebooks);
    search.start(values, 1, codes);
    search.improve(values, 1, sweeps, codes);
  }
  fit_scales(weights, layout, encoded);
  return encoded;
}

void unpack_aqlm(const AqlmMatrix& matrix, const Layout& layout, std::span<float> weights) {
  constexpr float largest = std::numeric_limits<float>::max();
  const auto& [count, entries, length, values] = matrix.codebooks;
  const std::size_t of_row = groups_of_row(layout, length);
  std::vector<float> sum(length);
  for (std::size_t row = 0; row < layout.rows; ++row) {
    for (std::size_t i = 0; i < of_row; ++i) {
      const std::size_t group = row * of_row + i;
      matrix.codebooks.add_up(std::span(matrix.codes).subspan(group * count, count), sum);
      const std::size_t begin = i * length;
      float* const target = weights.data() + row * layout.cols + begin;
      for (std::size_t j = 0; j < std::min(length, layout.cols - begin); ++j) {
        target[j] = std::clamp(matrix.scales[row] * sum[j], -largest, largest);
      }
    }
  }
}

Packed pack_aqlm(const AqlmMatrix& matrix, const PackOptions& options) {
  const Layout layout = make_layout(options, options.rows * options.cols);
  Packed packed{.bytes = std::vector<std::uint8_t>(static_cast<std::size_t>(packed_size(aqlm, layout))),
                .spec = options};
  write(matrix, layout, packed.bytes);
  return packed;
}

constinit const Format aqlm = {.info = {.id = "aqlm",
                                        .name = "AQLM 2 × 8",
                                        .bits_per_weight = 2,
                                        .block_size = aqlm_length,
                                        .levels = aqlm_entries * aqlm_entries,
                                        .kind = FormatKind::vector,
                                        .source = "Egiazarian et al. 2024, AQLM",
                                        .description = "eight weights as the sum of two vectors from learned "
                                                       "codebooks, under one scale a row",
                                        .grouped = false},
                               .code_bits = aqlm_codebooks * 8,
                               .packed_size = packed_size,
                               .pack = pack,
                               .unpack = unpack,
                               .distinct_codes = distinct_codes,
                               .levels = levels};

}  // namespace compression
