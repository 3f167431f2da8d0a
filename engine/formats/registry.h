/// The list of formats that the engine knows.
#pragma once

#include <span>
#include <string_view>

#include "engine/formats/format_info.h"

namespace compression {

struct Format;  // engine/formats/format.h

/// Every format, family by family, the widest of each first.
std::span<const Format* const> formats() noexcept;

/// The format of that id. Throws EngineError(unknown_format) naming the ids there are.
const Format& find_format(std::string_view id);

/// What is known about the format of that id. Throws as find_format does.
const FormatInfo& format_info(std::string_view id);

}  // namespace compression
