#include "engine/formats/block_codes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/bit_packing.h"
#include "engine/formats/e8m0.h"
#include "engine/formats/float16.h"
#include "engine/formats/format.h"
#include "engine/formats/ggml/q4_k.h"
#include "engine/formats/layout.h"
#include "engine/formats/registry.h"

namespace compression {
namespace {

/// Two codes to a byte, the first in the upper half, then float32 absmax.
void pack_codebook(const Format& format, const BlockCodes& weights, std::span<std::uint8_t> bytes) {
  std::vector<std::uint8_t> codes(weights.codes.begin(), weights.codes.end());
  if (codes.size() % 2 == 1) {
    codes.push_back(static_cast<std::uint8_t>(format.codes.encode(0, Overflow::saturate)));
  }
  for (std::size_t i = 0; i < codes.size() / 2; ++i) {
    bytes[i] = static_cast<std::uint8_t>(codes[2 * i] << 4 | codes[2 * i + 1]);
  }
  const std::span<const float> absmax = weights.parameters[0].values();
  std::memcpy(bytes.subspan(codes.size() / 2).data(), absmax.data(), absmax.size_bytes());
}

/// The codes of all blocks, rows filled up with zeros, as one bit stream, then E8M0 scales.
void pack_microscaling(const Format& format, const BlockCodes& weights, const Layout& layout,
                       std::span<std::uint8_t> bytes) {
  const Matrix& scales = weights.parameters[0];
  const std::size_t width = scales.cols() * format.info.block_size;
  std::vector<std::uint8_t> codes(layout.rows * width);
  for (std::size_t row = 0; row < layout.rows; ++row) {
    std::copy_n(&weights.codes[row * layout.cols], layout.cols, &codes[row * width]);
  }
  const auto codes_size = static_cast<std::size_t>(bit_stream_size(codes.size(), format.code_bits));
  pack_codes(codes, format.code_bits, bytes.first(codes_size));
  std::ranges::transform(scales.values(), bytes.subspan(codes_size).begin(),
                         [](float scale) { return static_cast<std::uint8_t>(e8m0_from_float(scale)); });
}

/// Super-block after super-block; a row is filled up with the codes next to 0.
void pack_q4_k(const BlockCodes& weights, const Layout& layout, std::span<std::uint8_t> bytes) {
  constexpr std::size_t sub_blocks = ggml::Q4kBlock::count;
  std::uint8_t* target = bytes.data();
  for (std::size_t row = 0; row < layout.rows; ++row) {
    for (std::size_t i = 0; i * ggml::super_block_size < layout.cols; ++i, target += ggml::q4_k_bytes) {
      const auto parameter = [&](std::size_t index) { return weights.parameters[index](row, i); };
      ggml::Q4kBlock block;
      block.scale = fp16_from_float(parameter(0));
      block.minimum = fp16_from_float(parameter(1));
      for (std::size_t j = 0; j < sub_blocks; ++j) {
        block.scales[j] = static_cast<std::uint8_t>(parameter(2 + j));
        block.minima[j] = static_cast<std::uint8_t>(parameter(2 + sub_blocks + j));
      }
      const auto steps = block.steps();
      const auto offsets = block.offsets();
      for (std::size_t k = 0; k < ggml::super_block_size; ++k) {
        const std::size_t col = i * ggml::super_block_size + k;
        const std::size_t j = k / ggml::q4_k_width;
        block.codes[k] = col < layout.cols ? weights.codes[row * layout.cols + col]
                                           : ggml::nearest_q4_k_code(0, steps[j], offsets[j]);
      }
      ggml::store_q4_k(block, target);
    }
  }
}

/// Throws unless there are `count` parameters for every block of the layout.
void require_parameters(const BlockCodes& weights, const Format& format, const Layout& layout,
                        std::size_t count) {
  const std::size_t blocks = (layout.cols + format.info.block_size - 1) / format.info.block_size;
  bool fit = weights.parameters.size() == count;
  for (const Matrix& parameter : weights.parameters) {
    fit = fit && parameter.rows() == layout.rows && parameter.cols() == blocks;
  }
  if (!fit) {
    throw EngineError(ErrorCode::invalid_argument,
                      "parameters must be those of every block of " + std::string(format.info.id));
  }
}

}  // namespace

Packed pack_block_codes(const BlockCodes& weights, const PackOptions& options) {
  const Format& format = find_format(options.format);
  const Layout layout = make_layout(options, weights.codes.size());
  Packed packed = empty_packed(format, layout, options);
  if (&format == &q4_k) {
    require_parameters(weights, format, layout, 2 + 2 * ggml::Q4kBlock::count);
    pack_q4_k(weights, layout, packed.bytes);
  } else if (&format == &nf4 || &format == &fp4) {
    require_parameters(weights, format, layout, 1);
    pack_codebook(format, weights, packed.bytes);
  } else if (format.info.kind == FormatKind::microscaling && &format != &nvfp4) {
    require_parameters(weights, format, layout, 1);
    pack_microscaling(format, weights, layout, packed.bytes);
  } else {
    throw EngineError(ErrorCode::invalid_argument,
                      "format must be one of nf4, fp4, q4_k and the mx formats, not " + options.format);
  }
  return packed;
}

}  // namespace compression
