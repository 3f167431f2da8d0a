/// Numbers in the messages of errors.
#pragma once

#include <string>

namespace compression {

/// The number with up to nine significant digits, as C's "%.9g" writes it, so that neither 1e300 nor 1e-9
/// loses its size. (The C library's own formatting of floats is exact to a thousand digits and takes every
/// reader four kilobytes.)
std::string number_text(double value);

}  // namespace compression
