#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/formats/ggml/dequantize.h"
#include "tests/engine/reference.h"

namespace compression {
namespace {

const ggml::ReadOnlyType& type_named(std::string_view name) {
  const auto types = ggml::read_only_types();
  const auto found =
      std::find_if(types.begin(), types.end(), [&](const auto& type) { return type.name == name; });
  REQUIRE(found != types.end());
  return *found;
}

std::vector<float> dequantized(std::string_view name, const std::string& hexadecimal) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < hexadecimal.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(hexadecimal.substr(i, 2), nullptr, 16)));
  }
  const ggml::ReadOnlyType& type = type_named(name);
  std::vector<float> weights(bytes.size() / type.bytes * type.weights);
  ggml::dequantize(type, bytes, weights);
  return weights;
}

/// Against weights first + step × i: the errors that ggml's own library leaves.
void check_errors(const std::vector<float>& weights, float first, float step, double rmse, double largest) {
  double squares = 0;
  double most = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double error = std::abs(static_cast<double>(first + step * static_cast<float>(i)) - weights[i]);
    squares += error * error;
    most = std::max(most, error);
  }
  CHECK(std::sqrt(squares / static_cast<double>(weights.size())) == doctest::Approx(rmse).epsilon(1e-8));
  CHECK(most == largest);
}

}  // namespace

TEST_CASE("known answers of the types that are only read") {
  const auto nvfp4 =
      dequantized("nvfp4", "332b2a32efefefefefdedededfdfcfcebeae9e9d50616262637474756565767676767676");
  CHECK(std::vector<float>(nvfp4.begin(), nvfp4.begin() + 8) ==
        std::vector<float>{-4.125f, -4.125f, -4.125f, -4.125f, -4.125f, -2.75f, -2.75f, -2.75f});
  check_errors(nvfp4, -4, 0.125f, 0.247508027, 0.625);
  check_errors(dequantized("q2_0", "0044000000005455555555555555aaaaaaaa"), -4, 0.125f, 1.15582763, 2);
  check_errors(dequantized("q1_0", "00400000000000000000ffffffffffffffff"), -4, 0.0625f, 1.15498241, 2);
}

TEST_CASE("every NVFP4 scale is half an E4M3 number, NaN counting as 0") {
  for (int code = 0; code < 256; ++code) {
    std::vector<std::uint8_t> bytes(36, 0x22);  // the value 1, stored as 2 halves
    bytes[0] = static_cast<std::uint8_t>(code);
    std::vector<float> weights(64);
    ggml::dequantize(type_named("nvfp4"), bytes, weights);
    // E4M3 has finite numbers where IEEE's pattern has infinity: the exponent one lower gives half of them.
    const auto magnitude = static_cast<std::uint32_t>(code & 0x7f);
    const double value = magnitude >= 0x78 ? 2 * reference::small_float(magnitude - 8, 4, 3)
                                           : reference::small_float(magnitude, 4, 3);
    CHECK(weights[0] == (code == 0x7f ? 0 : value));
  }
}

TEST_CASE("lengths that are no whole blocks are refused") {
  std::vector<std::uint8_t> bytes(36);
  std::vector<float> weights(64);
  const ggml::ReadOnlyType& nvfp4 = type_named("nvfp4");
  CHECK_NOTHROW(ggml::dequantize(nvfp4, bytes, weights));
  CHECK_NOTHROW(ggml::dequantize(nvfp4, {}, {}));
  bytes.pop_back();
  CHECK_THROWS_WITH_AS(ggml::dequantize(nvfp4, bytes, weights),
                       doctest::Contains("35 bytes are not 64 weights of nvfp4"), EngineError);
  weights.resize(128);
  bytes.resize(36);
  CHECK_THROWS_AS(ggml::dequantize(nvfp4, bytes, weights), EngineError);
  weights.resize(65);
  CHECK_THROWS_AS(ggml::dequantize(nvfp4, bytes, weights), EngineError);
}

TEST_CASE("infinite and NaN scales decode to what they are") {
  std::vector<std::uint8_t> bytes(18, 0xff);
  bytes[0] = 0;
  bytes[1] = 0x7c;
  std::vector<float> weights(128);
  ggml::dequantize(type_named("q1_0"), bytes, weights);
  CHECK(std::isinf(weights[0]));
}

}  // namespace compression
