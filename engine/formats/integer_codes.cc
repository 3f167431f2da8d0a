#include "engine/formats/integer_codes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/bit_packing.h"
#include "engine/formats/format.h"
#include "engine/formats/layout.h"
#include "engine/formats/registry.h"
#include "engine/formats/scale.h"

namespace compression {

Packed pack_integer_codes(const IntegerCodes& weights, const PackOptions& options) {
  const Format& format = find_format(options.format);
  const Layout layout = make_layout(options, weights.codes.size());
  if (format.info.kind != FormatKind::integer || !format.info.grouped) {
    throw EngineError(ErrorCode::invalid_argument,
                      "format must be an integer format, not " + std::string(format.info.id));
  }
  if (weights.scales.size() != layout.groups() || weights.zeros.size() != layout.groups()) {
    throw EngineError(ErrorCode::invalid_argument, "scales and zeros must be one a group, " +
                                                       std::to_string(layout.groups()) + ", not " +
                                                       std::to_string(weights.scales.size()) + " and " +
                                                       std::to_string(weights.zeros.size()));
  }
  Packed packed = empty_packed(format, layout, options);
  const int bits = format.code_bits;
  const bool symmetric = format.zero_point_bits == 0;
  // A symmetric format stores the code less its zero, in two's complement: the highest bit the other way
  // round.
  std::vector<std::uint8_t> codes(weights.codes.begin(), weights.codes.end());
  if (symmetric) {
    for (std::uint8_t& code : codes) code = static_cast<std::uint8_t>(code ^ (1 << (bits - 1)));
  }
  const std::span<std::uint8_t> bytes(packed.bytes);
  const auto codes_size = static_cast<std::size_t>(bit_stream_size(codes.size(), bits));
  const std::size_t scales_size = weights.scales.size() * scale_size(layout.scales);
  pack_codes(codes, bits, bytes.first(codes_size));
  write_scales(weights.scales, layout.scales, bytes.subspan(codes_size, scales_size));
  if (!symmetric) {
    std::vector<std::uint8_t> zeros(weights.zeros.size());
    std::ranges::transform(weights.zeros, zeros.begin(),
                           [](float zero) { return static_cast<std::uint8_t>(zero); });
    pack_codes(zeros, bits, bytes.subspan(codes_size + scales_size));
  }
  return packed;
}

}  // namespace compression
