/// Numbers in the messages of errors.
#pragma once

#include <cstdio>
#include <string>

namespace compression {

/// The number with up to nine significant digits, so that neither 1e300 nor 1e-9 loses its size.
inline std::string number_text(double value) {
  char text[32];  // NOLINT(*-avoid-c-arrays): snprintf writes one, of at most 16 characters
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

}  // namespace compression
