#include "engine/files/safetensors.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/error.h"
#include "engine/files/tensor_file.h"
#include "tests/engine/file_bytes.h"

namespace compression {
namespace {

using test::Bytes;
using test::failure_of;
using test::safetensors_file;

// formats-and-methods: made by the safetensors library. __metadata__ {"format":"pt"}, a F32 [2, 2], b I8 [3].
constexpr std::string_view tiny =
    "90000000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074227d2c2261223a7b226474"
    "797065223a22463332222c227368617065223a5b322c325d2c22646174615f6f666673657473223a5b302c31365d7d2c"
    "2262223a7b226474797065223a224938222c227368617065223a5b335d2c22646174615f6f666673657473223a5b3136"
    "2c31395d7d7d20200000803f00000040000040400000804001fe03";

SafetensorsHeader read(std::span<const std::uint8_t> file) {
  return std::get<SafetensorsHeader>(read_safetensors_header(file, file.size()));
}

void refused(std::string_view header, std::size_t data, std::string_view words,
             ErrorCode code = ErrorCode::corrupt_file) {
  const auto [found, message] = failure_of([&] { read(safetensors_file(header, data)); });
  CHECK_MESSAGE(message.find(words) != std::string::npos, header, ": ", message);
  CHECK(found == code);
}

/// A header of one tensor `a` with these fields.
std::string one(std::string_view fields) {
  return "{\"a\":{" + std::string(fields) + "}}";
}

TensorDescription described(std::string name, std::vector<std::uint64_t> shape, std::string_view type) {
  return {std::move(name), std::move(shape), find_element_type(FileKind::safetensors, type)};
}

}  // namespace

TEST_CASE("safetensors: the tiny file of the reference library is read") {
  const Bytes file = test::from_hexadecimal(tiny);
  const SafetensorsHeader header = read(file);
  CHECK(header.metadata == TextMetadata{{"format", "pt"}});
  REQUIRE(header.tensors.size() == 2);
  const TensorEntry& a = header.tensors[0];
  CHECK(a.name == "a");
  CHECK(a.shape == std::vector<std::uint64_t>{2, 2});
  CHECK(a.type->name == "F32");
  CHECK(a.begin == 152);
  CHECK(a.byte_length == 16);
  CHECK(header.tensors[1].name == "b");
  CHECK(header.tensors[1].begin == 168);
  CHECK(header.tensors[1].byte_length == 3);
}

TEST_CASE("safetensors: the tiny file is planned byte for byte") {
  const std::vector<TensorDescription> tensors = {described("b", {3}, "I8"), described("a", {2, 2}, "F32")};
  const FilePlan plan = plan_safetensors(tensors, {{"format", "pt"}});
  const Bytes file = test::from_hexadecimal(tiny);
  CHECK(plan.header == Bytes(file.begin(), file.begin() + 152));
  CHECK(plan.byte_length == file.size());
  REQUIRE(plan.tensors.size() == 2);
  CHECK(plan.tensors[0].index == 1);  // F32 is wider than I8
  CHECK(plan.tensors[0].byte_length == 16);
  CHECK(plan.tensors[1].index == 0);
  CHECK(plan.tensors[1].padding == 0);
}

TEST_CASE("safetensors: the reader asks for what it needs, and for no more than the file has") {
  const Bytes file = test::from_hexadecimal(tiny);
  for (std::size_t given = 0; given < 152; ++given) {
    const auto answer = read_safetensors_header(std::span(file).first(given), file.size());
    REQUIRE(std::holds_alternative<MoreBytes>(answer));
    CHECK(std::get<MoreBytes>(answer).count == (given < 8 ? 8 : 152));
  }
  CHECK(std::holds_alternative<SafetensorsHeader>(
      read_safetensors_header(std::span(file).first(152), file.size())));
}

TEST_CASE("safetensors: a file cut short anywhere is refused") {
  const Bytes file = test::from_hexadecimal(tiny);
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto [code, message] = failure_of([&] { read(std::span(file).first(size)); });
    CHECK_MESSAGE(!message.empty(), size);
    CHECK(code == ErrorCode::corrupt_file);
  }
}

TEST_CASE("safetensors: absurd lengths of the header are refused") {
  for (const std::uint64_t length :
       {UINT64_MAX, UINT64_MAX - 7, std::uint64_t{1} << 63, longest_safetensors_header + 1}) {
    Bytes file;
    test::put(file, length);
    CHECK_THROWS_WITH_AS(read_safetensors_header(file, std::uint64_t{1} << 62),
                         doctest::Contains("at most 100000000 bytes"), EngineError);
  }
  Bytes file;
  test::put(file, longest_safetensors_header);
  CHECK_THROWS_WITH_AS(read_safetensors_header(file, 1000), doctest::Contains("longer than the file of 1000"),
                       EngineError);
  CHECK(std::get<MoreBytes>(read_safetensors_header(file, std::uint64_t{1} << 40)).count ==
        longest_safetensors_header + 8);
}

TEST_CASE("safetensors: the header must be one JSON object of tensors") {
  refused("", 0, "must start with {");
  refused(" {}", 0, "must start with {");
  refused("[]", 0, "must start with {");
  refused("{} x", 0, "expected its end");
  refused("{\"a\":3}", 0, "expected '{'");
  refused("{\"__metadata__\":{\"a\":1}}", 0, "expected '\"'");
  refused("{\"__metadata__\":[]}", 0, "expected '{'");
  refused("{\"a\":" + std::string(1000, '['), 0, "expected '{'");
  refused(one("\"x\":" + std::string(1000, '[')), 0, "nested at most 64 deep");
  CHECK(read(safetensors_file("{}  \n", 0)).tensors.empty());
  CHECK(read(safetensors_file("{\"__metadata__\":{}}", 0)).metadata.empty());
}

TEST_CASE("safetensors: nothing is named twice") {
  const std::string tensor = "{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
  refused("{\"a\":" + tensor + ",\"a\":" + tensor + "}", 0, "tensor \"a\" occurs twice");
  refused("{\"a\":" + tensor + ",\"\\u0061\":" + tensor + "}", 0, "tensor \"a\" occurs twice");
  refused("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "key of __metadata__ \"k\" occurs twice");
  refused("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "\"__metadata__\" occurs twice");
  refused(one("\"dtype\":\"U8\",\"dtype\":\"I8\""), 0, "tensor \"a\": dtype is given twice");
  refused(one("\"shape\":[1],\"shape\":[1]"), 0, "tensor \"a\": shape is given twice");
  refused(one("\"data_offsets\":[0,1],\"data_offsets\":[0,1]"), 0, "data_offsets is given twice");
}

TEST_CASE("safetensors: each tensor has a known type, a shape, and offsets that fit them") {
  refused(one("\"shape\":[1],\"data_offsets\":[0,1]"), 1, "tensor \"a\": dtype is missing");
  refused(one("\"dtype\":\"U8\",\"data_offsets\":[0,1]"), 1, "tensor \"a\": shape is missing");
  refused(one("\"dtype\":\"U8\",\"shape\":[1]"), 1, "tensor \"a\": data_offsets is missing");
  refused(one("\"dtype\":\"Q9\",\"shape\":[1],\"data_offsets\":[0,1]"), 1,
          "tensor \"a\" is of the type \"Q9\"", ErrorCode::unsupported);
  const auto offsets = [](std::string_view text) {
    return one("\"dtype\":\"F16\",\"shape\":[2,2],\"data_offsets\":" + std::string(text));
  };
  refused(offsets("[0]"), 8, "must be two numbers");
  refused(offsets("[0,8,8]"), 8, "must be two numbers");
  refused(offsets("[8,0]"), 8, "end before they begin");
  refused(offsets("[0,7]"), 7, "span 7 bytes, its shape and type need 8");
  refused(offsets("[0,9]"), 9, "span 9 bytes, its shape and type need 8");
  refused(offsets("[-1,7]"), 8, "whole number");
  refused(offsets("[0,8.0]"), 8, "whole number");
  refused(one("\"dtype\":\"F16\",\"shape\":[-2],\"data_offsets\":[0,4]"), 4, "whole number");
  refused(one("\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]"), 2, "no whole number of F4 blocks");
  CHECK(read(safetensors_file(offsets("[0,8]"), 8)).tensors.size() == 1);
}

TEST_CASE("safetensors: products that overflow are refused") {
  const auto shaped = [](std::string_view type, std::string_view shape) {
    return one("\"dtype\":\"" + std::string(type) + "\",\"shape\":[" + std::string(shape) +
               "],\"data_offsets\":[0,0]");
  };
  refused(shaped("U8", "4294967296,4294967296"), 0, "the product of its shape overflows");
  refused(shaped("U8", "18446744073709551615,18446744073709551615"), 0, "the product of its shape overflows");
  refused(shaped("F32", "4611686018427387904"), 0, "its size in bytes overflows");
  CHECK(read(safetensors_file(shaped("F32", "0,18446744073709551615"), 0)).tensors[0].byte_length == 0);
}

TEST_CASE("safetensors: tensors fill the data without gap, overlap or rest") {
  const auto two = [](std::string_view first, std::string_view second) {
    const auto tensor = [](std::string_view name, std::string_view offsets) {
      return "\"" + std::string(name) + "\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[" +
             std::string(offsets) + "]}";
    };
    return "{" + tensor("a", first) + "," + tensor("b", second) + "}";
  };
  CHECK(read(safetensors_file(two("0,4", "4,8"), 8)).tensors[1].name == "b");
  CHECK(read(safetensors_file(two("4,8", "0,4"), 8)).tensors[0].name == "b");
  refused(two("0,4", "5,9"), 9, "tensor \"b\": its data begin at 5, leaving a gap");
  refused(two("0,4", "3,7"), 8, "tensor \"b\": its data begin at 3, within the tensor before");
  refused(two("0,4", "0,4"), 8, "within the tensor before");
  refused(two("1,5", "5,9"), 9, "tensor \"a\": its data begin at 1");
  refused(two("0,4", "4,8"), 9, "the tensors take 8 bytes of data, the file has 9");
  refused(two("0,4", "4,8"), 7, "the tensors take 8 bytes of data, the file has 7");
}

TEST_CASE("safetensors: empty tensors and scalars") {
  const SafetensorsHeader header =
      read(safetensors_file("{\"scalar\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]},"
                            "\"none\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[0,0]}}",
                            8));
  REQUIRE(header.tensors.size() == 2);
  CHECK(header.tensors[0].name == "none");
  CHECK(header.tensors[1].shape.empty());
  CHECK(header.tensors[1].byte_length == 8);
}

TEST_CASE("safetensors: what is planned is read back") {
  const std::vector<TensorDescription> tensors = {described("z", {5}, "BF16"),
                                                  described("q\"\\\n\x01", {2, 3}, "F32"),
                                                  described("\u00e9", {}, "I64"), described("e", {0}, "F32")};
  const TextMetadata metadata = {{"a \"quote\"", "line\n"}, {"b", ""}};
  const FilePlan plan = plan_safetensors(tensors, metadata);
  CHECK(plan.header.size() % 8 == 0);
  const auto answer = read_safetensors_header(plan.header, plan.byte_length);
  const auto& header = std::get<SafetensorsHeader>(answer);
  CHECK(header.metadata == metadata);
  REQUIRE(header.tensors.size() == tensors.size());
  for (const TensorEntry& tensor : header.tensors) {
    CHECK(tensor.begin % tensor.type->block_bytes == 0);
  }
}

TEST_CASE("safetensors: what a reader would refuse is not planned") {
  const auto code = [](const std::vector<TensorDescription>& tensors) {
    return failure_of([&] { plan_safetensors(tensors, {}); });
  };
  CHECK(code({described("a", {1}, "U8"), described("a", {1}, "U8")}).first == ErrorCode::invalid_argument);
  CHECK(code({described("a", {1}, "U8"), described("a", {1}, "U8")}).second == "tensor \"a\" occurs twice");
  CHECK(code({described("\xff", {1}, "U8")}).second.find("UTF-8") != std::string::npos);
  CHECK(code({described("__metadata__", {1}, "U8")}).first == ErrorCode::invalid_argument);
  CHECK(code({described("a", {UINT64_MAX, 2}, "U8")}).first == ErrorCode::invalid_argument);
  CHECK(code({described("a", {UINT64_MAX}, "U8"), described("b", {UINT64_MAX}, "U8")}).first ==
        ErrorCode::invalid_argument);
}

TEST_CASE("safetensors: the index of a sharded model") {
  const auto read_index = [](std::string_view text) {
    return read_shard_index({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  };
  const auto entries = read_index(
      "{\"metadata\":{\"total_size\":12},\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}}");
  REQUIRE(entries.size() == 2);
  CHECK(entries[1].tensor == "b");
  CHECK(entries[1].file == "2.safetensors");
  CHECK_THROWS_WITH_AS(read_index("{}"), "the index of shards has no weight_map", EngineError);
  CHECK_THROWS_WITH_AS(read_index("{\"weight_map\":{\"a\":\"1\",\"a\":\"2\"}}"), "tensor \"a\" occurs twice",
                       EngineError);
  CHECK_THROWS_AS(read_index("{\"weight_map\":{},\"weight_map\":{}}"), EngineError);
  CHECK_THROWS_AS(read_index("{\"weight_map\":{\"a\":1}}"), EngineError);
  CHECK_THROWS_AS(read_index(""), EngineError);
}

}  // namespace compression
