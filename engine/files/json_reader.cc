#include "engine/files/json_reader.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/error.h"
#include "engine/files/checked.h"
#include "engine/files/utf8.h"

namespace compression {
namespace {

bool is_digit(int character) noexcept {
  return character >= '0' && character <= '9';
}

/// Value of a hexadecimal digit, or −1.
int hexadecimal(int character) noexcept {
  if (is_digit(character)) return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return -1;
}

}  // namespace

void JsonReader::refuse(std::string_view expected) const {
  throw EngineError(ErrorCode::corrupt_file, std::string(what_) + " is not valid: expected " +
                                                 std::string(expected) + " at its byte " +
                                                 std::to_string(position_));
}

void JsonReader::skip_space() noexcept {
  for (int next = peek(); next == ' ' || next == '\t' || next == '\n' || next == '\r'; next = peek()) {
    ++position_;
  }
}

bool JsonReader::accept(char wanted) noexcept {
  skip_space();
  if (peek() != wanted) return false;
  ++position_;
  return true;
}

void JsonReader::expect(char wanted) {
  if (!accept(wanted)) refuse(std::string("'") + wanted + "'");
}

std::string JsonReader::string() {
  expect('"');
  std::string result;
  while (true) {
    const int next = peek();
    if (next == '"') {
      ++position_;
      return result;
    }
    if (next == '\\') {
      ++position_;
      read_escape(result);
      continue;
    }
    if (next < ' ') refuse("the end of a string, without control characters in it");
    const auto rest = text_.subspan(position_);
    const std::size_t length = utf8_length(rest);
    if (length == 0) refuse("UTF-8");
    result.append(reinterpret_cast<const char*>(rest.data()), length);
    position_ += length;
  }
}

void JsonReader::read_escape(std::string& into) {
  constexpr std::string_view letters = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  const int next = peek();
  if (next >= 0) {
    const std::size_t found = letters.find(static_cast<char>(next));
    if (found != std::string_view::npos) {
      into.push_back(meanings[found]);
      ++position_;
      return;
    }
  }
  if (next != 'u') refuse("an escape");
  std::uint32_t character = read_code_unit();
  if (character >= 0xdc00 && character < 0xe000) refuse("the first half of a surrogate pair before");
  if (character >= 0xd800 && character < 0xdc00) {
    if (peek() != '\\') refuse("the second half of a surrogate pair");
    ++position_;
    if (peek() != 'u') refuse("the second half of a surrogate pair");
    const std::uint32_t second = read_code_unit();
    if (second < 0xdc00 || second >= 0xe000) refuse("the second half of a surrogate pair before");
    character = 0x10000 + ((character - 0xd800) << 10) + (second - 0xdc00);
  }
  append_utf8(into, character);
}

/// The `u` of an escape and its four digits.
std::uint32_t JsonReader::read_code_unit() {
  ++position_;
  std::uint32_t unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hexadecimal(peek());
    if (digit < 0) refuse("four hexadecimal digits");
    unit = unit << 4 | static_cast<std::uint32_t>(digit);
    ++position_;
  }
  return unit;
}

std::uint64_t JsonReader::unsigned_integer() {
  skip_space();
  if (!is_digit(peek())) refuse("a whole number of at least 0");
  const bool leading_zero = peek() == '0';
  std::optional<std::uint64_t> value = 0;
  std::size_t digits = 0;
  for (; is_digit(peek()); ++position_, ++digits) {
    if (leading_zero && digits == 1) refuse("no digit after a leading 0");
    value = checked_multiply(*value, 10);
    if (value) value = checked_add(*value, static_cast<std::uint64_t>(peek() - '0'));
    if (!value) refuse("a number below 2^64");
  }
  if (peek() == '.' || peek() == 'e' || peek() == 'E') refuse("a whole number");
  return *value;
}

void JsonReader::skip() {
  skip(0);
}

void JsonReader::skip(int depth) {
  if (depth == deepest) refuse("values nested at most 64 deep");
  skip_space();
  switch (peek()) {
    case '{':
      return object([&](const std::string& /*key*/) { skip(depth + 1); });
    case '[':
      return array([&] { skip(depth + 1); });
    case '"':
      string();
      return;
    case 't':
      return skip_word("true");
    case 'f':
      return skip_word("false");
    case 'n':
      return skip_word("null");
    default:
      return skip_number();
  }
}

void JsonReader::skip_word(std::string_view word) {
  for (const char letter : word) {
    if (peek() != letter) refuse(word);
    ++position_;
  }
}

void JsonReader::skip_digits() {
  if (!is_digit(peek())) refuse("a digit");
  while (is_digit(peek())) ++position_;
}

void JsonReader::skip_number() {
  if (peek() == '-') ++position_;
  if (peek() == '0') {
    ++position_;
    if (is_digit(peek())) refuse("no digit after a leading 0");
  } else {
    if (!is_digit(peek())) refuse("a value");
    skip_digits();
  }
  if (peek() == '.') {
    ++position_;
    skip_digits();
  }
  if (peek() == 'e' || peek() == 'E') {
    ++position_;
    if (peek() == '+' || peek() == '-') ++position_;
    skip_digits();
  }
}

void JsonReader::end() {
  skip_space();
  if (position_ != text_.size()) refuse("its end");
}

}  // namespace compression
