#include "engine/hardware/decode.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/error.h"
#include "engine/formats/packed.h"

namespace compression {

TEST_CASE("the figures of the chapter's first section") {
  CHECK(decode_ceiling(3.35e12, 0.5, 70e9) == doctest::Approx(95.714285714).epsilon(1e-10));
  CHECK(decode_ceiling(3.35e12, 2, 70e9) == doctest::Approx(23.928571428).epsilon(1e-10));
  CHECK(bytes_per_token(0.5, 70e9) == 3.5e10);
  CHECK(weight_memory(70e9, "fp16", {}, ScaleType::fp16) == 140e9);
  CHECK(weight_memory(70e9, "int4", {}, ScaleType::fp16) == 35e9);
  CHECK(weight_memory(70e9, "int4", {64}, ScaleType::fp16) == 70e9 * 4.25 / 8);
  CHECK(weight_memory(70e9, "int4", {64}, ScaleType::fp32) == 70e9 * 4.5 / 8);
  CHECK(bytes_per_parameter("int4", {Group::row}, ScaleType::fp32) == 0.5);
  CHECK(remaining(7e9, 0.5) == 3.5e9);
}

TEST_CASE("a model on cards: Llama 3 70B in INT4 on 80 GB") {
  const double cache = kv_cache_bytes_per_token(80, 8, 128, 2);
  CHECK(cache == 327680);
  const ServingPlan plan = serving_plan(
      {.weight_bytes = 35e9, .card_memory = 80e9, .cache_bytes_per_token = cache, .context_length = 8192});
  CHECK(plan.cards == 1);
  CHECK(plan.room_bytes == 45e9);
  CHECK(plan.contexts == 16);
  const ServingPlan wide = serving_plan({.weight_bytes = 140e9,
                                         .card_memory = 80e9,
                                         .cache_bytes_per_token = cache,
                                         .context_length = 8192,
                                         .reserve = 0.1});
  CHECK(wide.cards == 2);
  CHECK(wide.room_bytes == doctest::Approx(4e9));
  CHECK(wide.contexts == 1);
}

TEST_CASE("nothing to hold still takes a card, and a full card holds no context") {
  ServingOptions options{
      .weight_bytes = 0, .card_memory = 10, .cache_bytes_per_token = 1, .context_length = 3};
  CHECK(serving_plan(options).cards == 1);
  CHECK(serving_plan(options).contexts == 3);
  options.weight_bytes = 20;
  CHECK(serving_plan(options).cards == 2);
  CHECK(serving_plan(options).contexts == 0);
}

TEST_CASE("amounts below 0 or not finite are refused by name") {
  const auto refused = [](const auto& call, const char* message) {
    CHECK_THROWS_WITH_AS(call(), doctest::Contains(message), EngineError);
  };
  refused([] { decode_ceiling(-1, 1, 1); }, "bandwidth must be finite and at least 0");
  refused([] { decode_ceiling(1, 0, 1); }, "bytesPerParameter must be finite and above 0");
  refused([] { decode_ceiling(1, 1, NAN); }, "activeParameters");
  refused([] { weight_memory(INFINITY, "int4", {}, ScaleType::fp16); }, "parameters");
  refused([] { remaining(1, 1.5); }, "sparsity must be within 0 and 1");
  refused([] { kv_cache_bytes_per_token(1, 1, -1, 1); }, "headDimension");
  refused([] { serving_plan({.card_memory = 0}); }, "cardMemory");
  refused(
      [] { serving_plan({.card_memory = 1, .cache_bytes_per_token = 1, .context_length = 1, .reserve = 1}); },
      "reserve");
}

TEST_CASE("an estimate beyond the largest number is refused, and messages keep the size of numbers") {
  CHECK_THROWS_WITH_AS(bytes_per_token(1e300, 1e300), "the result is beyond the largest number, 1.8e308",
                       EngineError);
  CHECK_THROWS_AS(decode_ceiling(1e300, 1e-300, 1), EngineError);
  CHECK_THROWS_WITH_AS(decode_ceiling(1, -1e-9, 1),
                       "bytesPerParameter must be finite and above 0, not -1e-09", EngineError);
}

}  // namespace compression
