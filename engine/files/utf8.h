/// UTF-8, strictly: no overlong form, no surrogate, nothing beyond U+10FFFF (RFC 3629).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace compression {

/// Bytes of the well-formed character that the text starts with; 0 if there is none.
inline std::size_t utf8_length(std::span<const std::uint8_t> text) noexcept {
  if (text.empty()) return 0;
  const std::uint8_t first = text[0];
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((text[i] & 0xc0) != 0x80) return 0;
  }
  const std::uint8_t second = text[1];
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second >= 0xa0;
  const bool beyond = first == 0xf4 && second >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

inline bool is_utf8(std::string_view text) noexcept {
  std::span<const std::uint8_t> rest(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  while (!rest.empty()) {
    const std::size_t length = utf8_length(rest);
    if (length == 0) return false;
    rest = rest.subspan(length);
  }
  return true;
}

/// Appends a character, which is no surrogate and at most U+10FFFF.
inline void append_utf8(std::string& text, std::uint32_t character) {
  const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  const auto put_rest = [&](int shift) { put(0x80 | ((character >> shift) & 0x3f)); };
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xc0 | (character >> 6));
    put_rest(0);
  } else if (character < 0x10000) {
    put(0xe0 | (character >> 12));
    put_rest(6);
    put_rest(0);
  } else {
    put(0xf0 | (character >> 18));
    put_rest(12);
    put_rest(6);
    put_rest(0);
  }
}

}  // namespace compression
