#include "engine/formats/block_fields.h"

#include <cstddef>
#include <span>
#include <string>

#include "engine/error.h"
#include "engine/formats/format.h"
#include "engine/formats/registry.h"

namespace compression {
namespace {

[[noreturn]] void refuse(const std::string& id) {
  std::string known;
  for (const Format* const format : formats()) {
    if (!format->block_fields.empty()) known.append(known.empty() ? "" : ", ").append(format->info.id);
  }
  throw EngineError(ErrorCode::invalid_argument,
                    "format " + id + " has no blocks of several fields; such blocks have " + known);
}

}  // namespace

BlockLayout block_fields(const std::string& format) {
  const Format& found = find_format(format);
  if (found.block_fields.empty()) refuse(format);
  BlockLayout layout{.fields = {found.block_fields.begin(), found.block_fields.end()},
                     .block_size = found.info.block_size,
                     .bytes = 0};
  std::size_t bits = 0;
  for (const BlockField& field : layout.fields) bits += field.count * field.bits;
  layout.bytes = bits / 8;
  return layout;
}

}  // namespace compression
