#include "engine/files/json_reader.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/error.h"

namespace compression {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

bool is_value(std::string_view text) {
  JsonReader json(bytes_of(text), "the text");
  try {
    json.skip();
    json.end();
  } catch (const EngineError& error) {
    CHECK(error.code() == ErrorCode::corrupt_file);
    CHECK_MESSAGE(std::string(error.what()).starts_with("the text is not valid: expected "), error.what());
    return false;
  }
  return true;
}

std::string string_of(std::string_view text) {
  JsonReader json(bytes_of(text), "the text");
  std::string result = json.string();
  json.end();
  return result;
}

std::uint64_t integer_of(std::string_view text) {
  JsonReader json(bytes_of(text), "the text");
  const std::uint64_t result = json.unsigned_integer();
  json.end();
  return result;
}

std::string nested(int depth) {
  const auto times = static_cast<std::size_t>(depth);
  return std::string(times, '[') + std::string(times, ']');
}

}  // namespace

TEST_CASE("JSON: what RFC 8259 allows is read") {
  for (const char* text :
       {"0", "-0", "10", "-12.5e+3", "1E2", "0.25", "true", "false", "null", "\"\"", "[]", "{}",
        " [ 1 , [ ] , { \"a\" : null } ]\r\n\t", "{\"a\":{\"b\":[true,\"\\u00e9\"]}}"}) {
    CHECK_MESSAGE(is_value(text), text);
  }
  CHECK(is_value(nested(64)));
}

TEST_CASE("JSON: all else is refused") {
  for (const char* text : {"",           " ",
                           "01",         "-",
                           "+1",         "1.",
                           ".5",         "1e",
                           "0x1",        "tru",
                           "nul",        "True",
                           "NaN",        "Infinity",
                           "[",          "]",
                           "[1,]",       "[,1]",
                           "[1 2]",      "{",
                           "{\"a\"}",    "{\"a\":}",
                           "{\"a\":1,}", "{a:1}",
                           "{'a':1}",    "{\"a\":1 \"b\":2}",
                           "\"",         "\"a",
                           "\"\\\"",     "\"\\x\"",
                           "\"\\u12\"",  "\"\\u12g4\"",
                           "\"\n\"",     "\"\t\"",
                           "1 2",        "[] []",
                           "// no",      "\xef\xbb\xbf{}"}) {
    CHECK_MESSAGE(!is_value(text), text);
  }
  CHECK(!is_value(nested(65)));
  CHECK(!is_value(std::string(1 << 20, '[')));
  CHECK(!is_value(std::string_view("\"\0\"", 3)));
}

TEST_CASE("JSON: strings are unescaped to UTF-8") {
  CHECK(string_of("\"plain\"") == "plain");
  CHECK(string_of(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(string_of(R"("\u0041\u00e9\u20ac\ud83d\ude00")") == "A\u00e9\u20ac\U0001f600");
  CHECK(string_of("\"\u00e9\u20ac\U0001f600\"") == "\u00e9\u20ac\U0001f600");
  for (const char* half :
       {R"("\ud83d")", R"("\ud83dx")", R"("\ud83d\n")", R"("\ud83d\u0041")", R"("\ude00")"}) {
    CHECK_THROWS_WITH_AS(string_of(half), doctest::Contains("surrogate pair"), EngineError);
  }
}

TEST_CASE("JSON: bytes that are not UTF-8 are refused") {
  for (const char* text : {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
                           "\xf4\x90\x80\x80", "\xff", "\xe2\x82", "\xe2\x28\xa1"}) {
    CHECK_THROWS_WITH_AS(string_of('"' + std::string(text) + '"'), doctest::Contains("expected UTF-8"),
                         EngineError);
  }
}

TEST_CASE("JSON: whole numbers up to 2^64 - 1") {
  CHECK(integer_of("0") == 0);
  CHECK(integer_of(" 120 ") == 120);
  CHECK(integer_of("18446744073709551615") == UINT64_MAX);
  for (const char* text :
       {"18446744073709551616", "99999999999999999999999", "-1", "1.0", "1e3", "01", "\"1\"", "", "x"}) {
    CHECK_THROWS_AS(integer_of(text), EngineError);
  }
}

TEST_CASE("JSON: errors name the byte") {
  JsonReader json(bytes_of("{\"a\": 1, \"b\" 2}"), "the header");
  CHECK_THROWS_WITH_AS(json.skip(), "the header is not valid: expected ':' at its byte 13", EngineError);
}

}  // namespace compression
