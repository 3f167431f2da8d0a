/// The test vectors that the known answers of the formats are given for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace compression::test {

/// (i − count / 2) / divisor.
inline std::vector<float> ramp(int count, float divisor) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i) values.push_back(static_cast<float>(i - count / 2) / divisor);
  return values;
}

/// ((37 i + 11) mod 101 − 50) / 32.
inline std::vector<float> scrambled(int count) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i) values.push_back(static_cast<float>((37 * i + 11) % 101 - 50) / 32.0f);
  return values;
}

/// Numbers as hexadecimal digits, `digits` each.
template <class T>
std::string hexadecimal(const std::vector<T>& numbers, int digits) {
  std::string text;
  for (const T number : numbers) {
    for (int digit = digits - 1; digit >= 0; --digit) {
      text += "0123456789abcdef"[(static_cast<unsigned>(number) >> (4 * digit)) & 15];
    }
  }
  return text;
}

}  // namespace compression::test
