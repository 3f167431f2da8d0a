/// What the blocks of a format are made of.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace compression {

/// One kind of number in a block, all of the same width.
struct BlockField {
  std::string_view name;  // "scale", "scales of sub-blocks", "codes"
  std::size_t count;      // numbers in a block
  std::size_t bits;       // of each
};

/// A block: fields that fill its bytes, in the order of its struct or, where their bits are woven into one
/// another, of their names in it.
struct BlockLayout {
  std::vector<BlockField> fields;
  std::size_t block_size;  // weights
  std::size_t bytes;
};

/// The block of a format whose blocks are structs of fields. Errors: unknown_format; invalid_argument for a
/// format without such blocks, naming those that have them.
BlockLayout block_fields(const std::string& format);

}  // namespace compression
