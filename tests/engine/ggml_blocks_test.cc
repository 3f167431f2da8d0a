// The golden file comes from ggml's own library; the naive form and the engine have to equal it, in every
// build.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <limits>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/packed.h"
#include "engine/formats/registry.h"
#include "engine/tensor/random.h"
#include "tests/engine/digest.h"
#include "tests/engine/ggml_block_reference.h"
#include "tests/engine/golden.h"
#include "tests/engine/k_quant_cases.h"

namespace compression {
namespace {

template <class T>
std::string digest(const std::vector<T>& values) {
  test::Digest all;
  all.add(std::span(values));
  std::ostringstream text;
  text << std::hex << std::setw(16) << std::setfill('0') << all.value();
  return text.str();
}

/// The cases of tests/golden/ggml_blocks.py.
std::vector<test::KQuantCase> all_cases() {
  auto cases = test::k_quant_cases();
  test::KQuantCase below{"below-powers", 2, 1024, {}};
  for (int exponent = -32; exponent < 32; ++exponent) {
    float value = std::ldexp(1.0f, exponent);
    for (int i = 0; i < 32; ++i) below.weights.push_back(value = std::nextafter(value, 0.0f));
  }
  cases.push_back(below);
  test::KQuantCase halves{"halves", 2, 1024, sample_weights({.count = 2048, .sigma = 16, .seed = 22})};
  for (float& weight : halves.weights) weight = std::nearbyint(weight) / 2;
  cases.push_back(halves);
  test::KQuantCase zeros{"signed-zeros", 2, 512, sample_weights({.count = 1024, .sigma = 1, .seed = 23})};
  for (float& weight : zeros.weights) weight = weight < 0 ? -0.0f : 0.0f;
  cases.push_back(zeros);
  test::KQuantCase tied{"tied-extremes", 2, 512, sample_weights({.count = 1024, .sigma = 1, .seed = 24})};
  for (std::size_t i = 0; i < tied.weights.size(); i += 16) {
    tied.weights[i] = 4;
    tied.weights[i + 5] = -4;
  }
  cases.push_back(tied);
  return cases;
}

const test::KQuantCase& case_named(const std::vector<test::KQuantCase>& cases, const std::string& name) {
  const auto found =
      std::find_if(cases.begin(), cases.end(), [&](const auto& one) { return one.name == name; });
  REQUIRE(found != cases.end());
  return *found;
}

const reference::GgmlBlock& naive(const std::string& id) {
  const auto& all = reference::ggml_blocks();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id == id; });
  REQUIRE(found != all.end());
  return *found;
}

/// One format and case, with or without importance: the naive form, packing, unpacking and both at once.
void check_golden(const std::string& format, const test::KQuantCase& one, std::span<const float> importance,
                  const std::string& packed_digest, const std::string& dequantized_digest) {
  const PackOptions options{.format = format, .rows = one.rows, .cols = one.cols, .importance = importance};
  if (packed_digest == "overflow") {
    CHECK_THROWS_WITH_AS(pack(one.weights, options), doctest::Contains("65504"), EngineError);
    return;
  }
  const auto naive_bytes = reference::ggml_block_bytes(naive(format), one.weights, one.cols, importance);
  CHECK(digest(naive_bytes) == packed_digest);
  const Packed packed = pack(one.weights, options);
  CHECK(packed.bytes == naive_bytes);
  const auto weights = unpack(packed.bytes, packed.spec);
  CHECK(digest(weights) == dequantized_digest);
  std::vector<float> faked(one.weights.size());
  fake_quantize(one.weights, options, faked);
  CHECK(digest(faked) == dequantized_digest);
}

std::vector<std::uint8_t> from_hexadecimal(const std::string& text) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::vector<float> ramp(std::size_t count, float first, float step) {
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(first + step * static_cast<float>(i));
  return values;
}

}  // namespace

TEST_CASE("ggml's blocks have the bytes and weights of ggml's library") {
  const auto cases = all_cases();
  for (auto& fields : test::read_golden("ggml_blocks")) {
    std::string format, name, packed, dequantized, important_packed, important_dequantized;
    fields >> format >> name >> packed >> dequantized >> important_packed >> important_dequantized;
    CAPTURE(format);
    CAPTURE(name);
    const test::KQuantCase& one = case_named(cases, name);
    check_golden(format, one, {}, packed, dequantized);
    check_golden(format, one, test::importance_of(one.cols), important_packed, important_dequantized);
  }
}

TEST_CASE("known answers of ggml's blocks") {
  struct Answer {
    const char* format;
    std::vector<float> weights;
    const char* bytes;
    double rmse, max_error;
  };
  const auto ramp32 = ramp(32, -16, 1);
  const auto positive32 = ramp(32, 0, 1);
  const std::vector<Answer> answers = {
      {"q4_0", ramp32, "0040809191a2a2b3b3c4c4d5d5e6e6f7f7f8", 0.707106781, 1},
      {"q4_1", ramp32, "224000cc80809191a2a2b3b3c4c4d5d5e6e6f7f7", 0.586269437, 1},
      {"q5_0", ramp32, "003c0000ffff00112233445566778899aabbccddeeff", 0, 0},
      {"q5_1", ramp32, "003c00cc0000ffff00112233445566778899aabbccddeeff", 0, 0},
      {"q8_0", ramp32, "083081899199a1a9b1b9c0c8d0d8e0e8f0f8000810182028303840474f575f676f77", 0.036597893,
       0.0625},
      {"iq4_nl", ramp32, "fa2f809091a1b1b2c2c3d3d4e4e5e5f6f6f7", 0.621722076, 1.09240723},
      {"mxfp4_ggml", ramp32, "810e0e1d1d2d2d3c3c4c4b4b5a5a595960", 1, 2},
      {"q4_0", positive32, "c0c348483737373726262626151515150404", 1.10042605, 1.875},
      {"q4_1", positive32, "2240000080809191a2a2b3b3c4c4d5d5e6e6f7f7", 0.586269437, 1},
      {"q8_0", positive32, "d0330004080c1014191d2125292d3135393d42464a4e52565a5e62666b6f73777b7f",
       0.0698293404, 0.123046875},
      {"mxfp4_ggml", positive32, "8160606161627273737474747575757576", 2.5, 7},
  };
  for (const Answer& answer : answers) {
    CAPTURE(answer.format);
    CHECK(pack(answer.weights, {.format = answer.format}).bytes == from_hexadecimal(answer.bytes));
    const RoundTrip result = round_trip(answer.weights, {.format = answer.format});
    CHECK(result.rmse == doctest::Approx(answer.rmse).epsilon(1e-8));
    CHECK(result.max_error == doctest::Approx(answer.max_error).epsilon(1e-8));
  }
}

TEST_CASE("digests of ggml's blocks over 256 weights, without and with importance") {
  std::vector<float> weights;
  std::vector<float> importance;
  for (int i = 0; i < 256; ++i) {
    weights.push_back(static_cast<float>((i * 37 + 11) % 101 - 50) / 32);
    importance.push_back(static_cast<float>(1 + i % 7));
  }
  struct Answer {
    const char* format;
    const char* plain;
    const char* important;
    const char* zeros;
  };
  for (const Answer& answer :
       {Answer{"q4_0", "607e9197d096db86", "b332d7b8e9e2bbe3", "700a9dab11027e43"},
        Answer{"q4_1", "30f24a7dac1896ce", "faa71610f85f8e2e", "e69fafcd15fb0b03"},
        Answer{"q5_0", "dbfac86253199d22", "2635ce7f92592df3", nullptr},
        Answer{"q5_1", "9c3cd8b884ccc150", "a67e207d32e20524", nullptr},
        Answer{"q8_0", "c52b9f7596c4e245", "c52b9f7596c4e245", "1c36b2721e0d3843"},
        Answer{"iq4_nl", "7f980072b9c043e1", "bd347b9d823ae939", "8528fc6b481d7243"},
        Answer{"iq4_xs", "339c4423361478ab", "ab85fccd4df3ace6", nullptr},
        Answer{"mxfp4_ggml", "16e7bf5a3ea525b9", "16e7bf5a3ea525b9", "f15c5115137197e3"},
        Answer{"tq1_0", "0ad1a42fbab8976c", "0ad1a42fbab8976c", nullptr},
        Answer{"tq2_0", "a176b90b7893f589", "a176b90b7893f589", "e57a0ecf1c53c4bb"}}) {
    CAPTURE(answer.format);
    CHECK(digest(pack(weights, {.format = answer.format}).bytes) == answer.plain);
    CHECK(digest(pack(weights, {.format = answer.format, .importance = importance}).bytes) ==
          answer.important);
    if (answer.zeros == nullptr) continue;
    CHECK(digest(pack(std::vector<float>(256), {.format = answer.format}).bytes) == answer.zeros);
  }
}

TEST_CASE("all lengths of rows are packed as if zeros followed") {
  const auto weights =
      sample_weights({.count = 900, .sigma = 1, .outlier_fraction = 0.1, .outlier_scale = 5, .seed = 9});
  for (const reference::GgmlBlock& format : reference::ggml_blocks()) {
    CAPTURE(format.id);
    for (const std::size_t cols :
         {1u, 2u, 31u, 32u, 33u, 63u, 64u, 95u, 96u, 127u, 128u, 159u, 255u, 256u, 257u, 300u}) {
      const auto part = std::span(weights).first(3 * cols);
      const auto importance = test::importance_of(cols);
      CHECK(pack(part, {.format = format.id, .cols = cols}).bytes ==
            reference::ggml_block_bytes(format, part, cols, {}));
      CHECK(pack(part, {.format = format.id, .cols = cols, .importance = importance}).bytes ==
            reference::ggml_block_bytes(format, part, cols, importance));
    }
  }
}

TEST_CASE("ggml's blocks at every magnitude equal the naive form") {
  const auto shape = sample_weights({.count = 256, .sigma = 0.3, .seed = 10});
  for (const reference::GgmlBlock& format : reference::ggml_blocks()) {
    CAPTURE(format.id);
    // 65504 is the largest fp16: what a scale, or the minimum, may be.
    for (int exponent = -149; exponent <= 15; ++exponent) {
      std::vector<float> weights;
      for (const float x : shape) weights.push_back(std::ldexp(x, exponent));
      CAPTURE(exponent);
      CHECK(pack(weights, {.format = format.id}).bytes ==
            reference::ggml_block_bytes(format, weights, weights.size(), {}));
    }
  }
}

TEST_CASE("MXFP4 takes weights up to the largest float") {
  const auto naive_format = naive("mxfp4_ggml");
  for (const float largest : {0x1p127f, 0x1.7p127f, 0x1.fp127f, std::numeric_limits<float>::max()}) {
    const std::vector<float> weights = {largest, -largest / 2, largest / 3, -largest / 9};
    const Packed packed = pack(weights, {.format = "mxfp4_ggml"});
    CHECK(packed.bytes == reference::ggml_block_bytes(naive_format, weights, 4, {}));
    for (const float value : unpack(packed.bytes, packed.spec)) CHECK(std::isfinite(value));
  }
}

TEST_CASE("any bytes unpack to the same number of weights, and to the codes that they hold") {
  Random random(11);
  for (const reference::GgmlBlock& format : reference::ggml_blocks()) {
    CAPTURE(format.id);
    Packed packed = pack(std::vector<float>(1000, 1), {.format = format.id, .rows = 2});
    for (int trial = 0; trial < 50; ++trial) {
      for (std::uint8_t& byte : packed.bytes) byte = static_cast<std::uint8_t>(random.next_uint32());
      CHECK(unpack(packed.bytes, packed.spec).size() == 1000);
    }
  }
}

TEST_CASE("what these blocks have quantized once does not change") {
  const auto weights =
      sample_weights({.count = 1024, .sigma = 0.02, .outlier_fraction = 0.02, .outlier_scale = 6, .seed = 4});
  for (const char* const format : {"q8_0", "q5_0", "q4_0", "mxfp4_ggml", "tq1_0", "tq2_0"}) {
    CAPTURE(format);
    const Packed once = pack(weights, {.format = format});
    const auto values = unpack(once.bytes, once.spec);
    CHECK(unpack(pack(values, {.format = format}).bytes, once.spec) == values);
  }
}

TEST_CASE("levels of a ggml block hold every value of a block with those extremes") {
  auto weights = sample_weights({.count = 32, .sigma = 0.1, .seed = 12});
  weights[0] = 1;
  weights[1] = -1;
  for (const reference::GgmlBlock& format : reference::ggml_blocks()) {
    CAPTURE(format.id);
    const auto values = levels(format.id, 1);
    CHECK(values.size() == format_info(format.id).levels);
    if (format.id.starts_with("iq4")) continue;  // their scale depends on all weights
    for (const float value : round_trip(weights, {.format = format.id}).dequantized) {
      CHECK(std::binary_search(values.begin(), values.end(), value));
    }
  }
  CHECK_THROWS_WITH_AS(levels("q8_0", 1e7f), doctest::Contains("absmax = 10000000"), EngineError);
}

TEST_CASE("a block of which no column matters becomes zeros, where its scale is searched for") {
  const auto weights = sample_weights({.count = 64, .sigma = 1, .seed = 13});
  std::vector<float> importance(64, 1);
  std::fill(importance.begin() + 32, importance.end(), 0.0f);
  for (const char* const format : {"iq4_nl", "q4_0", "q5_0"}) {
    const auto result = round_trip(weights, {.format = format, .importance = importance}).dequantized;
    CHECK(std::all_of(result.begin() + 32, result.end(), [](float value) { return value == 0; }));
    CHECK(std::any_of(result.begin(), result.begin() + 32, [](float value) { return value != 0; }));
  }
}

TEST_CASE("a block whose scale or minimum no fp16 holds is refused with its place") {
  std::vector<float> weights(100, 1);
  weights[70] = 1e7f;
  for (const char* const format : {"q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl"}) {
    CHECK_THROWS_WITH_AS(pack(weights, {.format = format}),
                         doctest::Contains("the block at weights[64] needs"), EngineError);
    std::vector<float> dequantized(100);
    CHECK_THROWS_AS(fake_quantize(weights, {.format = format}, dequantized), EngineError);
  }
  CHECK_THROWS_WITH_AS(pack(weights, {.format = "tq2_0"}), doctest::Contains("the block at weights[0] needs"),
                       EngineError);
}

}  // namespace compression
