#include "engine/quantize/format_grid.h"

#include <cstddef>
#include <memory>
#include <string>

#include "engine/error.h"
#include "engine/formats/block_codes.h"
#include "engine/formats/format.h"
#include "engine/formats/integer_codes.h"
#include "engine/formats/registry.h"
#include "engine/quantize/codebook_grid.h"
#include "engine/quantize/q4_k_grid.h"

namespace compression {
namespace {

bool is_integer(const Format& format) {
  return format.info.kind == FormatKind::integer && format.info.grouped;
}

/// Throws where blocks of the flattened tensor do not begin with its rows.
void require_whole_blocks(const Format& format, const PackOptions& options) {
  if (options.rows == 1 || options.cols % format.info.block_size == 0) return;
  const std::string size = std::to_string(format.info.block_size);
  throw EngineError(ErrorCode::invalid_argument,
                    "weights.cols must be a multiple of " + size + " for this method in " + options.format +
                        ", whose blocks of " + size + " would run on into the next row, not " +
                        std::to_string(options.cols));
}

}  // namespace

std::unique_ptr<const Grid> format_grid(const PackOptions& options, GridRange range) {
  const Format& format = find_format(options.format);
  if (is_integer(format)) {
    return std::make_unique<UniformGrid>(
        format.code_bits, format.zero_point_bits == 0 ? GridRange::symmetric : range, options.scales);
  }
  if (&format == &q4_k) return std::make_unique<Q4kGrid>();
  if (&format == &nf4 || &format == &fp4) {
    require_whole_blocks(format, options);
    return std::make_unique<CodebookGrid>(format);
  }
  if (format.info.kind == FormatKind::microscaling && &format != &nvfp4) {
    return std::make_unique<CodebookGrid>(format);
  }
  throw EngineError(ErrorCode::invalid_argument,
                    "format must be an integer format (int2 … int8, uint2 … uint8), nf4, fp4, q4_k or an mx "
                    "format for this method, not " +
                        options.format);
}

bool has_fixed_blocks(const PackOptions& options) {
  return !find_format(options.format).info.grouped;
}

std::size_t grid_group(const PackOptions& options) {
  if (has_fixed_blocks(options)) return find_format(options.format).info.block_size;
  if (options.group.size == Group::row) return 0;
  if (options.group.size >= 2) return static_cast<std::size_t>(options.group.size);
  throw EngineError(ErrorCode::invalid_argument,
                    "group must be \"row\" or an integer of at least 2 for this method");
}

Packed pack_grid(const GridWeights& grid, const PackOptions& options) {
  if (has_fixed_blocks(options)) {
    return pack_block_codes({.codes = grid.codes, .parameters = grid.parameters}, options);
  }
  return pack_integer_codes(
      {.codes = grid.codes, .scales = grid.parameters[0].values(), .zeros = grid.parameters[1].values()},
      options);
}

}  // namespace compression
