#include "engine/formats/registry.h"

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "engine/error.h"
#include "engine/formats/format.h"
#include "engine/formats/format_info.h"

namespace compression {
namespace {

constexpr std::array table = {&bf16, &fp16, &int8, &int7, &int6, &int5, &int4, &int3, &int2, &e8p, &aqlm};

}  // namespace

std::span<const Format* const> formats() noexcept {
  return table;
}

const Format& find_format(std::string_view id) {
  std::string known;
  for (const Format* const format : table) {
    if (format->info.id == id) return *format;
    known.append(known.empty() ? "" : ", ").append(format->info.id);
  }
  throw EngineError(ErrorCode::unknown_format, "no format \"" + std::string(id) + "\"; there are " + known);
}

const FormatInfo& format_info(std::string_view id) {
  return find_format(id).info;
}

}  // namespace compression
