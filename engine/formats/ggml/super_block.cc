#include "engine/formats/ggml/super_block.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/layout.h"
#include "engine/number_text.h"
#include "engine/tensor/magnitude.h"

namespace compression::ggml {
namespace {

using BlockWeights = std::array<float, super_block_size>;

std::size_t blocks_of_row(const Layout& layout) noexcept {
  return layout.cols / super_block_size + (layout.cols % super_block_size > 0 ? 1 : 0);
}

/// Calls visit(begin, col, length) for the weights of each super-block, in order.
void for_each_block(const Layout& layout, auto visit) {
  for (std::size_t row = 0; row < layout.rows; ++row) {
    for (std::size_t col = 0; col < layout.cols; col += super_block_size) {
      visit(row * layout.cols + col, col, std::min(super_block_size, layout.cols - col));
    }
  }
}

/// `values`, or a copy in `buffer` with zeros behind them where there are fewer than a super-block has.
const float* whole_block(std::span<const float> values, BlockWeights& buffer) noexcept {
  if (values.size() == super_block_size) return values.data();
  std::fill(std::copy(values.begin(), values.end(), buffer.begin()), buffer.end(), 0.0f);
  return buffer.data();
}

/// Throws unless every weight is finite and within what the codes can stand for.
void require_in_range(std::span<const float> weights, float largest) {
  const auto beyond = [&](float weight) { return std::abs(weight) > largest; };
  if (!beyond(finite_absmax(weights, "weights"))) return;
  const auto first = std::find_if(weights.begin(), weights.end(), beyond);
  throw EngineError(ErrorCode::overflow, "weights[" + std::to_string(first - weights.begin()) + "] is " +
                                             number_text(*first) + ", beyond " + number_text(largest) +
                                             ", the largest number of the format");
}

/// Decodes a super-block into all of the weights that it has.
void dequantize_block(const SuperBlockCodec& codec, const std::uint8_t* block, std::span<float> weights) {
  if (weights.size() == super_block_size) return codec.dequantize(block, weights.data());
  BlockWeights whole;
  codec.dequantize(block, whole.data());
  std::copy_n(whole.begin(), weights.size(), weights.begin());
}

}  // namespace

std::uint64_t packed_size(const SuperBlockCodec& codec, const Layout& layout) {
  return std::uint64_t{layout.rows} * blocks_of_row(layout) * codec.bytes;
}

void pack(const SuperBlockCodec& codec, std::span<const float> weights, const Layout& layout,
          std::span<std::uint8_t> bytes) {
  require_in_range(weights, codec.largest);
  BlockWeights padded_weights;
  BlockWeights padded_importance;
  std::uint8_t* block = bytes.data();
  for_each_block(layout, [&](std::size_t begin, std::size_t col, std::size_t length) {
    const float* const importance =
        layout.importance.empty() ? nullptr
                                  : whole_block(layout.importance.subspan(col, length), padded_importance);
    if (!codec.quantize(whole_block(weights.subspan(begin, length), padded_weights), importance, block)) {
      throw EngineError(ErrorCode::overflow, "weights[" + std::to_string(begin) + "] and those after it, a " +
                                                 "super-block, need a scale beyond 65504, the largest fp16");
    }
    block += codec.bytes;
  });
}

void unpack(const SuperBlockCodec& codec, std::span<const std::uint8_t> bytes, const Layout& layout,
            std::span<float> weights) {
  const std::uint8_t* block = bytes.data();
  for_each_block(layout, [&](std::size_t begin, std::size_t, std::size_t length) {
    dequantize_block(codec, block, weights.subspan(begin, length));
    block += codec.bytes;
  });
}

std::size_t distinct_codes(const SuperBlockCodec& codec, std::span<const std::uint8_t> bytes,
                           const Layout& layout) {
  std::array<bool, 256> seen{};
  std::array<std::uint8_t, super_block_size> codes;
  const std::uint8_t* block = bytes.data();
  for_each_block(layout, [&](std::size_t, std::size_t, std::size_t length) {
    codec.read_codes(block, codes.data());
    for (const std::uint8_t code : std::span(codes).first(length)) seen[code] = true;
    block += codec.bytes;
  });
  return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
}

std::vector<float> sub_block_levels(const Format& format, float step, int first, int last, float offset) {
  if (!std::isfinite(step) || !std::isfinite(offset)) {
    throw EngineError(ErrorCode::overflow, "absmax needs a scale beyond 65504, the largest fp16, in format " +
                                               std::string(format.info.id));
  }
  std::vector<float> values;
  for (int code = first; code <= last; ++code) {
    const float value = static_cast<float>(code) * step - offset;
    if (values.empty() || values.back() < value) values.push_back(value);
  }
  return values;
}

}  // namespace compression::ggml
