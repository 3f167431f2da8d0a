#include "engine/formats/codes.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/format.h"
#include "engine/formats/registry.h"
#include "engine/number_text.h"

namespace compression {
namespace {

const Format& format_with_codes(const std::string& id) {
  const Format& format = find_format(id);
  if (format.codes.decode == nullptr) {
    throw EngineError(ErrorCode::invalid_argument,
                      "format must be one whose codes can be listed as values, not " + id);
  }
  return format;
}

void require_scale(float scale) {
  if (scale > 0 && std::isfinite(scale)) return;
  throw EngineError(ErrorCode::invalid_argument,
                    "scale must be finite and above 0, not " + number_text(scale));
}

}  // namespace

CodeTable codes(const std::string& id, float scale) {
  const Format& format = format_with_codes(id);
  require_scale(scale);
  CodeTable table{.values = std::vector<float>(std::size_t{1} << format.code_bits),
                  .code_bits = format.code_bits,
                  .sign_bits = format.codes.sign_bits,
                  .exponent_bits = format.codes.exponent_bits,
                  .mantissa_bits = format.codes.mantissa_bits};
  for (std::size_t code = 0; code < table.values.size(); ++code) {
    table.values[code] = format.codes.decode(static_cast<std::int32_t>(code)) * scale;
  }
  return table;
}

NearestCode nearest_code(const std::string& id, float number, float scale, Overflow overflow) {
  const CodeTable table = codes(id, scale);
  if (!std::isfinite(number)) {
    throw EngineError(ErrorCode::non_finite, "value must be finite, not " + number_text(number));
  }
  const std::int32_t mask = (1 << table.code_bits) - 1;
  NearestCode nearest{.code = find_format(id).codes.encode(number / scale, overflow) & mask,
                      .below = -std::numeric_limits<float>::infinity(),
                      .above = std::numeric_limits<float>::infinity()};
  nearest.value = table.values[static_cast<std::size_t>(nearest.code)];
  nearest.error = static_cast<double>(nearest.value) - static_cast<double>(number);
  for (const float value : table.values) {
    if (!std::isfinite(value)) continue;
    if (value <= number) nearest.below = std::max(nearest.below, value);
    if (value >= number) nearest.above = std::min(nearest.above, value);
  }
  return nearest;
}

BlockScale microscale(const std::string& id, float absmax, ScaleRule rule) {
  const Format& format = find_format(id);
  if (format.microscale == nullptr) {
    throw EngineError(ErrorCode::invalid_argument, "format must be a microscaling one, not " + id);
  }
  if (!(absmax >= 0 && std::isfinite(absmax))) {
    throw EngineError(ErrorCode::invalid_argument,
                      "absmax must be finite and at least 0, not " + number_text(absmax));
  }
  return format.microscale(absmax, rule);
}

}  // namespace compression
