/// The grid of a format, for methods that choose among its values, and the bytes of what they chose.
#pragma once

#include <cstddef>
#include <memory>

#include "engine/formats/packed.h"
#include "engine/quantize/grid.h"
#include "engine/quantize/group_rounding.h"

namespace compression {

/// The values of a format: an integer one, nf4, fp4, an mx format or q4_k. `range`: of an asymmetric integer
/// one. `options` name rows and cols. Errors: unknown_format; invalid_argument for other formats, and for nf4
/// and fp4 where blocks would run on from one row into the next.
std::unique_ptr<const Grid> format_grid(const PackOptions& options, GridRange range);

/// Does the format choose how many inputs share parameters? Else the options do.
bool has_fixed_blocks(const PackOptions& options);

/// Inputs that share parameters: those of a block, or the group of an integer format; 0 for all of a row.
/// Throws EngineError(invalid_argument) for a group that is neither "row" nor at least 2.
std::size_t grid_group(const PackOptions& options);

/// Packs what was chosen on that grid, in groups of neighbours of that length.
Packed pack_grid(const GridWeights& grid, const PackOptions& options);

}  // namespace compression
