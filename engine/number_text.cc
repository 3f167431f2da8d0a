#include "engine/number_text.h"

#include <cmath>
#include <string>

namespace compression {
namespace {

constexpr int significant = 9;

struct Decimal {
  std::string digits;  // without zeros at the end
  int exponent;        // of ten, of the first digit
};

/// A positive finite number, rounded.
Decimal decimal(double value) {
  int exponent = 0;
  int step = 256;
  for (const double power : {1e256, 1e128, 1e64, 1e32, 1e16, 1e8, 1e4, 1e2, 1e1}) {
    if (value >= power) {
      value /= power;
      exponent += step;
    } else if (value * power < 10) {
      value *= power;
      exponent -= step;
    }
    step /= 2;
  }
  std::string digits = std::to_string(std::llround(value * 1e8));
  if (digits.size() > significant) ++exponent;
  digits.resize(significant, '0');
  digits.erase(digits.find_last_not_of('0') + 1);
  return {digits, exponent};
}

std::string with_point(std::string digits, int exponent) {
  if (exponent < 0) return "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return digits.append(whole - digits.size(), '0');
  return digits.insert(whole, 1, '.');
}

}  // namespace

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::signbit(value)) return "-" + number_text(-value);
  if (std::isinf(value)) return "inf";
  if (value == 0) return "0";
  const auto [digits, exponent] = decimal(value);
  if (exponent >= -4 && exponent < significant) return with_point(digits, exponent);
  const std::string size = std::to_string(std::abs(exponent));
  return with_point(digits, 0) + (exponent < 0 ? "e-" : "e+") + (size.size() < 2 ? "0" : "") + size;
}

}  // namespace compression
