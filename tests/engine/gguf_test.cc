#include "engine/files/gguf.h"

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
using test::GgufPieces;
using test::put;
using test::put_text;

// formats-and-methods: accepted by ggml's reader. Four keys; a.weight F32 ne [2, 2], b.weight Q4_0 ne [32,
// 1].
constexpr std::string_view tiny =
    "474755460300000002000000000000000400000000000000140000000000000067656e6572616c2e6172636869746563"
    "747572650800000005000000000000006c6c616d611c0000000000000067656e6572616c2e7175616e74697a6174696f"
    "6e5f76657273696f6e0400000002000000090000000000000064656d6f2e6c6973740900000004000000030000000000"
    "0000010000000200000003000000090000000000000064656d6f2e666c616707000000010800000000000000612e7765"
    "6967687402000000020000000000000002000000000000000000000000000000000000000800000000000000622e7765"
    "696768740200000020000000000000000100000000000000020000002000000000000000000000000000000000000000"
    "0000803f000000400000404000008040000000000000000000000000000000000040809191a2a2b3b3c4c4d5d5e6e6f7"
    "f7f80000000000000000000000000000";

// Numbers of types in the file.
constexpr std::uint32_t uint32_type = 4;
constexpr std::uint32_t bool_type = 7;
constexpr std::uint32_t string_type = 8;
constexpr std::uint32_t array_type = 9;
constexpr std::uint32_t uint64_type = 10;
constexpr std::uint32_t f32 = 0;
constexpr std::uint32_t q4_0 = 2;

GgufHeader read(std::span<const std::uint8_t> file) {
  return std::get<GgufHeader>(read_gguf_header(file, file.size()));
}

bool accepted(const Bytes& file) {
  return failure_of([&] { read(file); }).second.empty();
}

void refused(const Bytes& file, std::string_view words, ErrorCode code = ErrorCode::corrupt_file) {
  const auto [found, message] = failure_of([&] { read(file); });
  CHECK_MESSAGE(message.find(words) != std::string::npos, words, ": ", message);
  CHECK(found == code);
}

/// A file of one F32 tensor of eight elements, sound as it is.
GgufPieces sound() {
  GgufPieces pieces;
  pieces.tensor("a", {8}, f32, 0);
  pieces.data = 32;
  return pieces;
}

}  // namespace

TEST_CASE("GGUF: the tiny file that ggml accepts is read") {
  const Bytes file = test::from_hexadecimal(tiny);
  const GgufHeader header = read(file);
  CHECK(header.version == 3);
  CHECK(header.alignment == 32);
  REQUIRE(header.metadata.size() == 4);
  CHECK(header.metadata[0].key == "general.architecture");
  CHECK(GgufStrings(header.metadata[0]).next() == "llama");
  CHECK(header.metadata[1].type == GgufType::uint32);
  CHECK(header.metadata[2].type == GgufType::array);
  CHECK(header.metadata[2].element == GgufType::uint32);
  CHECK(header.metadata[2].count == 3);
  CHECK(header.metadata[2].payload.size() == 12);
  CHECK(header.metadata[3].type == GgufType::boolean);
  REQUIRE(header.tensors.size() == 2);
  CHECK(header.tensors[0].begin == 288);
  CHECK(header.tensors[0].byte_length == 16);
  CHECK(header.tensors[1].name == "b.weight");
  CHECK(header.tensors[1].shape == std::vector<std::uint64_t>{1, 32});
  CHECK(header.tensors[1].type->name == "Q4_0");
  CHECK(header.tensors[1].begin == 320);
  CHECK(header.tensors[1].byte_length == 18);
}

TEST_CASE("GGUF: the tiny file is planned byte for byte") {
  const Bytes file = test::from_hexadecimal(tiny);
  const GgufHeader header = read(file);
  std::vector<TensorDescription> tensors;
  for (const TensorEntry& tensor : header.tensors)
    tensors.push_back({tensor.name, tensor.shape, tensor.type});
  const FilePlan plan = plan_gguf(tensors, header.metadata);
  CHECK(plan.header == Bytes(file.begin(), file.begin() + 288));
  CHECK(plan.byte_length == file.size());
  REQUIRE(plan.tensors.size() == 2);
  CHECK(plan.tensors[0].padding == 16);
  CHECK(plan.tensors[1].byte_length == 18);
  CHECK(plan.tensors[1].padding == 14);
}

TEST_CASE("GGUF: a growing prefix is asked for until the header is complete") {
  const Bytes file = test::from_hexadecimal(tiny);
  for (std::size_t given = 0; given < 288; ++given) {
    std::size_t size = given;
    for (int turns = 0;; ++turns) {
      REQUIRE(turns < 20);
      const auto answer = read_gguf_header(std::span(file).first(size), file.size());
      if (std::holds_alternative<GgufHeader>(answer)) break;
      const std::uint64_t more = std::get<MoreBytes>(answer).count;
      REQUIRE(more > size);
      REQUIRE(more <= file.size());
      size = static_cast<std::size_t>(more);
    }
  }
}

TEST_CASE("GGUF: a file cut short anywhere is refused") {
  const Bytes file = test::from_hexadecimal(tiny);
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto [code, message] = failure_of([&] { read(std::span(file).first(size)); });
    CHECK_MESSAGE(!message.empty(), size);
    CHECK(code == ErrorCode::corrupt_file);
  }
  Bytes longer = file;
  longer.resize(file.size() + 4);
  CHECK(accepted(longer));
}

TEST_CASE("GGUF: magic and version") {
  GgufPieces pieces = sound();
  CHECK(accepted(pieces.file()));
  pieces.version = 2;
  CHECK(read(pieces.file()).version == 2);
  for (const std::uint32_t version : {0u, 1u, 4u}) {
    pieces.version = version;
    refused(pieces.file(), version == 0 ? "big-endian" : "of GGUF is not read; 2 and 3 are",
            ErrorCode::unsupported);
  }
  pieces.version = 3u << 24;
  refused(pieces.file(), "big-endian", ErrorCode::unsupported);
  pieces = sound();
  pieces.magic = "GGUX";
  refused(pieces.file(), "does not start with GGUF");
}

TEST_CASE("GGUF: absurd counts and lengths are refused from the size of the file") {
  for (const std::int64_t count :
       {std::int64_t{-1}, INT64_MIN, INT64_MAX, std::int64_t{1} << 40, std::int64_t{100}}) {
    GgufPieces pieces = sound();
    pieces.tensors = count;
    refused(pieces.file(), "the number of tensors is " + std::to_string(count));
    pieces = sound();
    pieces.keys = count;
    refused(pieces.file(), "the number of keys is " + std::to_string(count));
  }
  for (const std::uint64_t length : {std::uint64_t{1000}, std::uint64_t{1} << 40, UINT64_MAX}) {
    GgufPieces key;
    key.keys = 1;
    put(key.metadata, length);
    key.metadata.resize(key.metadata.size() + 20);
    refused(key.file(), "key 0");
    GgufPieces text;
    put(text.key("k", string_type), length);
    refused(text.file(), "key \"k\"");
    for (const std::uint32_t element : {uint32_type, string_type}) {
      GgufPieces array;
      put(array.key("k", array_type), element);
      put(array.metadata, length);
      refused(array.file(), "key \"k\"");
    }
  }
  GgufPieces pieces;
  put(pieces.key("k", array_type), uint32_type);
  put(pieces.metadata, (std::uint64_t{1} << 30) + 1);
  const Bytes file = pieces.file();
  CHECK_THROWS_WITH_AS(read_gguf_header(file, std::uint64_t{1} << 40),
                       doctest::Contains("more than 2^30 elements"), EngineError);
}

TEST_CASE("GGUF: a header beyond the longest is not asked for") {
  GgufPieces pieces;
  put(pieces.key("k", array_type), uint32_type);
  put(pieces.metadata, std::uint64_t{1} << 28);
  const Bytes file = pieces.file();
  const auto [code, message] = failure_of([&] { read_gguf_header(file, std::uint64_t{1} << 40); });
  CHECK(code == ErrorCode::unsupported);
  CHECK(message == "the header is longer than 268435456 bytes, the most that is read, at key \"k\"");
}

TEST_CASE("GGUF: keys are not empty, distinct, and of types that exist") {
  GgufPieces pieces;
  put(pieces.key("", uint32_type), 1u);
  refused(pieces.file(), "key 0 is empty");
  pieces = {};
  put(pieces.key("k", uint32_type), 1u);
  CHECK(accepted(pieces.file()));
  put(pieces.key("k", uint32_type), 1u);
  refused(pieces.file(), "key \"k\" occurs twice");
  pieces = {};
  put(pieces.key("k", 13), 1u);
  refused(pieces.file(), "key \"k\" has the type 13");
  pieces = {};
  put(pieces.key("\xff", uint32_type), 1u);
  refused(pieces.file(), "key 0 is not UTF-8");
  pieces = {};
  put(pieces.key("k", array_type), array_type);
  put(pieces.metadata, std::uint64_t{0});
  refused(pieces.file(), "key \"k\" is an array of arrays");
  pieces = {};
  put(pieces.key("k", array_type), 99u);
  put(pieces.metadata, std::uint64_t{0});
  refused(pieces.file(), "key \"k\" has the type 99");
  pieces = {};
  put(pieces.key("k", bool_type), std::uint8_t{2});
  CHECK(accepted(pieces.file()));
}

TEST_CASE("GGUF: values of every type are passed over by their size") {
  GgufPieces pieces;
  constexpr std::size_t sizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};  // NOLINT(*-avoid-c-arrays)
  for (std::uint32_t type = 0; type < 13; ++type) {
    if (type == string_type || type == array_type) continue;
    pieces.key("value " + std::to_string(type), type).resize(pieces.metadata.size() + sizes[type]);
    put(pieces.key("array " + std::to_string(type), array_type), type);
    put(pieces.metadata, std::uint64_t{3});
    pieces.metadata.resize(pieces.metadata.size() + 3 * sizes[type]);
  }
  put_text(pieces.key("text", string_type), "one");
  put(pieces.key("texts", array_type), string_type);
  put(pieces.metadata, std::uint64_t{2});
  put_text(pieces.metadata, "");
  put_text(pieces.metadata, "two");
  put(pieces.key("none", array_type), string_type);
  put(pieces.metadata, std::uint64_t{0});
  const Bytes file = pieces.file();
  const GgufHeader header = read(file);
  REQUIRE(header.metadata.size() == 25);
  GgufStrings texts(header.metadata[23]);
  CHECK(texts.next().empty());
  CHECK(texts.next() == "two");
  CHECK(header.metadata[24].count == 0);
  for (const GgufMetadata& value : header.metadata) {
    const std::size_t size = value_size(value.element);
    if (size > 0) CHECK(value.payload.size() == value.count * size);
    CHECK(find_gguf_value_type(name(value.type)) == value.type);
  }
  CHECK(!find_gguf_value_type("int128"));
}

TEST_CASE("GGUF: the alignment is a power of two in a uint32") {
  const auto aligned = [](std::uint32_t alignment, std::size_t data_alignment) {
    GgufPieces pieces = sound();
    put(pieces.key("general.alignment", uint32_type), alignment);
    pieces.alignment = data_alignment;
    pieces.data = 64;
    return pieces.file();
  };
  CHECK(read(aligned(64, 64)).alignment == 64);
  CHECK(read(aligned(8, 8)).tensors[0].begin % 8 == 0);
  refused(aligned(24, 24), "general.alignment\" must be a power of two, not 24");
  refused(aligned(0, 32), "must be a power of two, not 0");
  GgufPieces pieces = sound();
  put(pieces.key("general.alignment", uint64_type), std::uint64_t{32});
  refused(pieces.file(), "general.alignment\" must be a uint32, not a uint64");
  CHECK(failure_of([&] { read(aligned(1u << 31, 32)); }).second == "the file ends before its data");
}

TEST_CASE("GGUF: tensor names are distinct and at most 63 bytes long") {
  const auto named = [](const std::string& name) {
    GgufPieces pieces;
    pieces.tensor(name, {8}, f32, 0);
    pieces.data = 32;
    return pieces.file();
  };
  CHECK(accepted(named(std::string(63, 'n'))));
  refused(named(std::string(64, 'n')), "its name is 64 bytes long");
  refused(named("\xc3"), "the name of tensor 0 is not UTF-8");
  GgufPieces pieces = sound();
  pieces.tensor("a", {8}, f32, 32);
  pieces.data = 64;
  refused(pieces.file(), "tensor \"a\" occurs twice");
}

TEST_CASE("GGUF: shapes have at most four dimensions, no negative one, and whole blocks in a row") {
  const auto shaped = [](const std::vector<std::int64_t>& ne, std::uint32_t type, std::size_t data) {
    GgufPieces pieces;
    pieces.tensor("a", ne, type, 0);
    pieces.data = data;
    return pieces.file();
  };
  CHECK(read(shaped({2, 1, 3, 1}, f32, 32)).tensors[0].shape == std::vector<std::uint64_t>{1, 3, 1, 2});
  CHECK(read(shaped({}, f32, 32)).tensors[0].byte_length == 4);
  CHECK(read(shaped({0, 5}, f32, 0)).tensors[0].byte_length == 0);
  refused(shaped({1, 1, 1, 1, 1}, f32, 32), "tensor \"a\": it has 5 dimensions");
  refused(shaped({-1}, f32, 32), "a dimension is negative: -1");
  refused(shaped({16, 2}, q4_0, 32),
          "tensor \"a\": rows of 16 elements are no whole number of Q4_0 blocks of 32");
  CHECK(accepted(shaped({32}, q4_0, 32)));
  refused(shaped({INT64_MAX, 2}, f32, 32), "it has 2^63 elements or more");
  refused(shaped({INT64_MAX, INT64_MAX}, f32, 32), "the product of its shape overflows");
  refused(shaped({INT64_MAX}, f32, 32), "its size in bytes overflows");
  refused(shaped({std::int64_t{1} << 61}, f32, 32), "the file ends within its data");
}

TEST_CASE("GGUF: types that ggml has taken back or never gave are refused by number") {
  for (const std::uint32_t type : {4u, 5u, 31u, 32u, 33u, 36u, 37u, 38u, 43u, 1000u, UINT32_MAX}) {
    GgufPieces pieces;
    pieces.tensor("a", {256}, type, 0);
    pieces.data = 4096;
    refused(pieces.file(), "tensor \"a\" is of the type " + std::to_string(type), ErrorCode::unsupported);
  }
}

TEST_CASE("GGUF: data follow one another in file order, each padded") {
  const auto second_at = [](std::uint64_t offset, std::size_t data) {
    GgufPieces pieces;
    pieces.tensor("a", {4}, f32, 0).tensor("b", {4}, f32, offset);
    pieces.data = data;
    return pieces.file();
  };
  CHECK(accepted(second_at(32, 64)));
  refused(second_at(64, 96), "tensor \"b\": its data begin at 64, not at 32");
  refused(second_at(0, 64), "tensor \"b\": its data begin at 0, not at 32");
  refused(second_at(16, 64), "tensor \"b\": its data begin at 16, not at 32");
  refused(second_at(UINT64_MAX, 64), "not at 32");
  refused(second_at(32, 63), "tensor \"b\": the file ends within its data or the padding");
  refused(second_at(32, 48), "the file ends within its data or the padding");
}

TEST_CASE("GGUF: a file without tensors is a vocabulary") {
  GgufPieces pieces;
  put(pieces.key("k", uint32_type), 1u);
  pieces.alignment = 1;
  CHECK(read(pieces.file()).tensors.empty());
}

TEST_CASE("GGUF: what a reader would refuse is not planned") {
  const ElementType* const type = find_element_type(FileKind::gguf, "F32");
  const auto failure = [&](const std::vector<TensorDescription>& tensors,
                           const std::vector<GgufMetadata>& metadata = {}) {
    return failure_of([&] { plan_gguf(tensors, metadata); });
  };
  CHECK(failure({{"a", {1}, type}, {"a", {1}, type}}) ==
        std::pair(ErrorCode::invalid_argument, std::string("tensor \"a\" occurs twice")));
  CHECK(failure({{std::string(64, 'n'), {1}, type}}).first == ErrorCode::invalid_argument);
  CHECK(failure({{"a", {1, 1, 1, 1, 1}, type}}).first == ErrorCode::invalid_argument);
  CHECK(failure({{"a", {16}, find_element_type(FileKind::gguf, "Q4_0")}}).first ==
        ErrorCode::invalid_argument);
  CHECK(failure({{"a", {UINT64_MAX, UINT64_MAX}, type}}).first == ErrorCode::invalid_argument);
  CHECK(failure({{"a", {std::uint64_t{1} << 61}, type}, {"b", {std::uint64_t{1} << 61}, type}}).second ==
        "the tensors take 2^64 bytes or more");
  const Bytes odd = {24, 0, 0, 0};
  const Bytes huge = {0, 0, 0, 0x80};
  const auto alignment = [](std::span<const std::uint8_t> payload) {
    return GgufMetadata{"general.alignment", GgufType::uint32, GgufType::uint32, 1, payload};
  };
  CHECK(failure({{"a", {1}, type}}, {alignment(odd)}).second.find("power of two, not 24") !=
        std::string::npos);
  CHECK(failure({{"a", {1}, type}}, {alignment(huge)}).second.find("at most 268435456 bytes") !=
        std::string::npos);
}

}  // namespace compression
