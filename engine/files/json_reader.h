/// Strict JSON (RFC 8259), read in one pass without building a tree: the header of a safetensors file may be
/// 100 MB long, and keys that occur twice must be seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace compression {

/// Reads values in their order; the caller says what it expects next. Whatever else stands there throws
/// EngineError(corrupt_file) with the byte where it stands. `text` must outlive the reader.
class JsonReader {
 public:
  /// `what` names the text in errors: "the header".
  JsonReader(std::span<const std::uint8_t> text, std::string_view what) noexcept : text_(text), what_(what) {}

  /// An object: calls `visit(std::string key)` for each member, which must read the member's value.
  template <class Visit>
  void object(Visit visit) {
    expect('{');
    if (accept('}')) return;
    do {
      std::string key = string();
      expect(':');
      visit(std::move(key));
    } while (accept(','));
    expect('}');
  }

  /// An array: calls `visit()` for each element, which must read it.
  template <class Visit>
  void array(Visit visit) {
    expect('[');
    if (accept(']')) return;
    do {
      visit();
    } while (accept(','));
    expect(']');
  }

  /// A string, unescaped, in UTF-8.
  std::string string();

  /// A number that is written as a whole number from 0 to 2^64 − 1.
  std::uint64_t unsigned_integer();

  /// Any value, checked and dropped; nested at most 64 deep.
  void skip();

  /// The end of the text; nothing but white space may be left.
  void end();

  /// Throws, naming the text and the byte.
  [[noreturn]] void refuse(std::string_view expected) const;

 private:
  static constexpr int deepest = 64;

  [[nodiscard]] int peek() const noexcept { return position_ < text_.size() ? text_[position_] : -1; }
  void skip_space() noexcept;
  bool accept(char wanted) noexcept;
  void expect(char wanted);
  void skip(int depth);
  void skip_number();
  void skip_digits();
  void skip_word(std::string_view word);
  void read_escape(std::string& into);
  std::uint32_t read_code_unit();

  std::span<const std::uint8_t> text_;
  std::string_view what_;
  std::size_t position_ = 0;
};

}  // namespace compression
