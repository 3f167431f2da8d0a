#include "engine/formats/codes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/format.h"
#include "engine/formats/registry.h"
#include "engine/tensor/random.h"

namespace compression {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

std::vector<std::string> ids_with_codes() {
  std::vector<std::string> ids;
  for (const Format* const format : formats()) {
    if (format->codes.decode != nullptr) ids.emplace_back(format->info.id);
  }
  return ids;
}

}  // namespace

TEST_CASE("tables of codes have the widths and the values of their formats") {
  const CodeTable e4m3 = codes("fp8_e4m3");
  CHECK(e4m3.values.size() == 256);
  CHECK(e4m3.sign_bits == 1);
  CHECK(e4m3.exponent_bits == 4);
  CHECK(e4m3.mantissa_bits == 3);
  CHECK(e4m3.values[0x7e] == 448);
  CHECK(std::isnan(e4m3.values[0x7f]));
  CHECK(codes("fp8_e5m2").values[0xfc] == -infinity);
  CHECK(codes("fp4_e2m1", 2).values ==
        std::vector<float>{0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12});
  CHECK(codes("mxfp4").values == codes("nvfp4").values);
  CHECK(codes("int3", 0.5f).values == std::vector<float>{0, 0.5f, 1, 1.5f, -2, -1.5f, -1, -0.5f});
  CHECK(codes("uint2", 3).values == std::vector<float>{0, 3, 6, 9});
  CHECK(codes("nf4").values[15] == 1);
  CHECK(codes("mxint8").values[0x80] == -2);
  CHECK(std::isnan(codes("e8m0").values[0xff]));
}

TEST_CASE("codes hold the levels of their format") {
  for (const std::string& id : ids_with_codes()) {
    const CodeTable table = codes(id);
    CAPTURE(id);
    std::vector<float> finite;
    for (const float value : table.values) {
      if (std::isfinite(value)) finite.push_back(value);
    }
    std::sort(finite.begin(), finite.end());
    finite.erase(std::unique(finite.begin(), finite.end()), finite.end());
    // MXINT8 leaves one code of 256 unused.
    CHECK(finite.size() == format_info(id).levels + (id == "mxint8" ? 1 : 0));
  }
}

TEST_CASE("the nearest code is nearest, between the values around the number") {
  const auto numbers = sample_weights({.count = 500, .sigma = 3, .seed = 5});
  for (const std::string& id : ids_with_codes()) {
    for (const float scale : {1.0f, 0.37f}) {
      const CodeTable table = codes(id, scale);
      for (const float number : numbers) {
        if (id == "e8m0" && number <= 0) continue;  // which takes magnitudes
        CAPTURE(id);
        CAPTURE(number);
        const NearestCode nearest = nearest_code(id, number, scale);
        REQUIRE(nearest.value == table.values[static_cast<std::size_t>(nearest.code)]);
        REQUIRE(nearest.below <= number);
        REQUIRE(nearest.above >= number);
        REQUIRE((nearest.value == nearest.below || nearest.value == nearest.above ||
                 (id == "mxint8" && number < -1.98f * scale)));
        REQUIRE(nearest.error == static_cast<double>(nearest.value) - static_cast<double>(number));
        if (std::isfinite(nearest.below) && std::isfinite(nearest.above) && id != "mxint8") {
          const double other = nearest.value == nearest.below ? nearest.above : nearest.below;
          // A quotient that is rounded may take a number for a tie; thresholds are float32 numbers
          // themselves.
          REQUIRE(std::abs(nearest.error) <=
                  std::abs(other - static_cast<double>(number)) * (1 + 1e-5) + 1e-6);
        }
      }
    }
  }
}

TEST_CASE("numbers on a value, between two and beyond all of them") {
  const NearestCode on = nearest_code("fp4_e2m1", 3);
  CHECK(on.code == 5);
  CHECK(on.below == 3);
  CHECK(on.above == 3);
  const NearestCode tie = nearest_code("mxfp4", 2.5f);
  CHECK(tie.value == 2);  // the even code
  CHECK(tie.below == 2);
  CHECK(tie.above == 3);
  CHECK(tie.error == -0.5);
  const NearestCode beyond = nearest_code("fp8_e4m3", -1e30f);
  CHECK(beyond.value == -448);
  CHECK(beyond.below == -infinity);
  CHECK(beyond.above == -448);
  CHECK(std::isnan(nearest_code("fp8_e4m3", 1e30f, 1, Overflow::ieee).value));
  CHECK(nearest_code("fp8_e5m2", -1e30f, 1, Overflow::ieee).value == -infinity);
  CHECK(nearest_code("int4", 100, 0.5f).value == 3.5f);
  CHECK(nearest_code("mxint8", -3e38f).value == -127.0f / 64);
  CHECK(nearest_code("uint4", -3).value == 0);
}

TEST_CASE("the scale of a block of a given maximum") {
  CHECK(microscale("mxfp4", 6).code == 127);
  CHECK(microscale("mxfp4", 6.01f).scale == 1);
  CHECK(microscale("mxfp4", 6.01f, ScaleRule::ceil).scale == 2);
  CHECK(microscale("mxfp8_e4m3", 1).code == 127 - 8);
  CHECK(microscale("mxint8", 0).code == 0);
  CHECK(microscale("nvfp4", 6).scale == 1);
  CHECK(microscale("nvfp4", 0).code == 0x38);
  CHECK(microscale("nvfp4", 1e9f).scale == 448);
}

TEST_CASE("codes refuse what they cannot answer") {
  const auto refused = [](const auto& call, const char* message) {
    CHECK_THROWS_WITH_AS(call(), doctest::Contains(message), EngineError);
  };
  refused([] { codes("fp16"); }, "codes can be listed");
  refused([] { codes("int9"); }, "no format");
  refused([] { codes("int4", 0); }, "scale must be finite and above 0");
  refused([] { codes("int4", infinity); }, "scale must be");
  refused([] { nearest_code("int4", infinity); }, "value must be finite");
  refused([] { microscale("int4", 1); }, "microscaling");
  refused([] { microscale("mxfp4", -1); }, "absmax");
}

}  // namespace compression
