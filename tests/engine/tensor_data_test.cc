#include "engine/files/tensor_data.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/files/element_type.h"
#include "engine/formats/format.h"
#include "engine/formats/layout.h"
#include "engine/formats/registry.h"
#include "engine/tensor/random.h"
#include "tests/engine/file_bytes.h"

namespace compression {
namespace {

using test::Bytes;
using test::failure_of;

const ElementType& type_of(std::string_view name, FileKind kind = FileKind::safetensors) {
  const ElementType* const type = find_element_type(kind, name);
  REQUIRE(type != nullptr);
  return *type;
}

template <class Number>
std::vector<float> decode(std::string_view type, const std::vector<Number>& numbers) {
  return decode_elements(type_of(type), {reinterpret_cast<const std::uint8_t*>(numbers.data()),
                                         numbers.size() * sizeof(Number)});
}

}  // namespace

TEST_CASE("elements: plain numbers become the nearest float32") {
  CHECK(decode<std::int8_t>("I8", {-128, -1, 127}) == std::vector<float>{-128, -1, 127});
  CHECK(decode<std::uint8_t>("U8", {0, 255}) == std::vector<float>{0, 255});
  CHECK(decode<std::int16_t>("I16", {-32768, 32767}) == std::vector<float>{-32768, 32767});
  CHECK(decode<std::uint16_t>("U16", {65535}) == std::vector<float>{65535});
  CHECK(decode<std::int32_t>("I32", {16777217, 16777219}) == std::vector<float>{16777216, 16777220});
  CHECK(decode<std::uint32_t>("U32", {UINT32_MAX}) == std::vector<float>{0x1p32f});
  CHECK(decode<std::int64_t>("I64", {INT64_MIN, (std::int64_t{1} << 40) + 1}) ==
        std::vector<float>{-0x1p63f, 0x1p40f});
  CHECK(decode<std::uint64_t>("U64", {UINT64_MAX, 0xffffff8000000000}) ==
        std::vector<float>{0x1p64f, 0x1p64f});
  CHECK(decode<std::uint8_t>("BOOL", {0, 1, 2}) == std::vector<float>{0, 1, 1});
  CHECK(decode<double>("F64", {0.1, -2.5, 1e300}) ==
        std::vector<float>{0.1f, -2.5f, std::numeric_limits<float>::infinity()});
  CHECK(decode<float>("F32", {1.5f, -0.0f}) == std::vector<float>{1.5f, -0.0f});
  CHECK(decode<std::uint16_t>("BF16", {0x3fc0, 0xff80}) ==
        std::vector<float>{1.5f, -std::numeric_limits<float>::infinity()});
  CHECK(decode<std::uint16_t>("F16", {0x3e00, 0x0001}) == std::vector<float>{1.5f, 0x1p-24f});
  CHECK(std::isnan(decode<std::uint16_t>("F16", {0x7e00})[0]));
  CHECK(decode<float>("F32", {}).empty());
}

TEST_CASE("elements: a piece must be whole blocks") {
  const auto [code, message] =
      failure_of([] { decode_elements(type_of("Q4_0", FileKind::gguf), Bytes(35)); });
  CHECK(code == ErrorCode::corrupt_file);
  CHECK(message == "35 bytes are no whole number of Q4_0 blocks of 18 bytes");
}

TEST_CASE("elements: types that no format reads are named") {
  const auto [code, message] =
      failure_of([] { decode_elements(type_of("IQ2_XXS", FileKind::gguf), Bytes(66)); });
  CHECK(code == ErrorCode::unsupported);
  CHECK(message == "elements of the type IQ2_XXS cannot be read as numbers here");
  CHECK(failure_of([] { encode_elements(type_of("I8"), std::vector<float>(4), 4); }).second ==
        "elements of the type I8 cannot be written from numbers here");
}

TEST_CASE("elements: the table agrees with the registry on blocks and sizes") {
  for (const FileKind kind : {FileKind::safetensors, FileKind::gguf}) {
    for (const ElementType& type : element_types(kind)) {
      CHECK(find_element_type(kind, type.name) == &type);
      if (kind == FileKind::gguf) CHECK(find_gguf_type(type.id) == &type);
      if (type.format.empty() || !can_decode(type)) continue;
      const Format& format = find_format(type.format);
      const std::size_t cols = std::size_t{3} * type.block;
      const Layout layout = make_layout({.format = std::string(type.format), .cols = cols}, 2 * cols);
      CHECK_MESSAGE(format.packed_size(format, layout) == std::uint64_t{6} * type.block_bytes, type.name);
    }
  }
}

TEST_CASE("elements: what is written reads back as the format's own round trip") {
  for (const ElementType& type : element_types(FileKind::gguf)) {
    if (type.format.empty() || !can_decode(type)) continue;
    const std::size_t cols = std::size_t{2} * type.block;
    const std::vector<float> values = sample_weights({.count = 3 * cols, .seed = 5});
    const Bytes bytes = encode_elements(type, values, cols);
    const PackOptions options{.format = std::string(type.format), .cols = cols};
    CHECK_MESSAGE(decode_elements(type, bytes) == round_trip(values, options).dequantized, type.name);
  }
  const std::vector<float> values = {1, 2, std::numeric_limits<float>::infinity()};
  CHECK(decode_elements(type_of("F32"), encode_elements(type_of("F32"), values, 3)) == values);
}

TEST_CASE("rotary rows: the halves of each head are interleaved") {
  std::vector<float> values(2 * 4 * 3);  // two heads of four rows of three
  std::iota(values.begin(), values.end(), 0.0f);
  const std::vector<float> original = values;
  interleave_rotary_rows(values, 3, 4);
  constexpr std::size_t from[] = {0, 2, 1, 3};  // NOLINT(*-avoid-c-arrays)
  for (std::size_t head = 0; head < 2; ++head) {
    for (std::size_t row = 0; row < 4; ++row) {
      for (std::size_t col = 0; col < 3; ++col) {
        CHECK(values[(head * 4 + row) * 3 + col] == original[(head * 4 + from[row]) * 3 + col]);
      }
    }
  }
  CHECK_THROWS_AS(interleave_rotary_rows(values, 3, 3), EngineError);
  CHECK_THROWS_AS(interleave_rotary_rows(values, 3, 0), EngineError);
  CHECK_THROWS_AS(interleave_rotary_rows(values, 0, 4), EngineError);
  CHECK_THROWS_AS(interleave_rotary_rows(values, 5, 4), EngineError);
}

}  // namespace compression
