#include <cstdint>
#include <optional>
#include <string>

#include "bindings/marshal.h"
#include "bindings/pack_choices.h"
#include "engine/hardware/arithmetic.h"
#include "engine/hardware/decode.h"

namespace bindings {
namespace {

using compression::ServingOptions;
using compression::ServingPlan;

std::optional<double> decode_ceiling(double bandwidth, double bytes_per_parameter, double active_parameters) {
  return guarded(
      [&] { return compression::decode_ceiling(bandwidth, bytes_per_parameter, active_parameters); });
}

std::optional<double> bytes_per_token(double bytes_per_parameter, double active_parameters) {
  return guarded([&] { return compression::bytes_per_token(bytes_per_parameter, active_parameters); });
}

std::optional<double> bytes_per_parameter(const std::string& format, std::int32_t group,
                                          const std::string& scales) {
  return guarded([&] { return compression::bytes_per_parameter(format, {group}, scale_type(scales)); });
}

std::optional<double> weight_memory(double parameters, const std::string& format, std::int32_t group,
                                    const std::string& scales) {
  return guarded([&] { return compression::weight_memory(parameters, format, {group}, scale_type(scales)); });
}

std::optional<double> kv_cache_bytes_per_token(double layers, double key_value_heads, double head_dimension,
                                               double bytes_per_value) {
  return guarded([&] {
    return compression::kv_cache_bytes_per_token(layers, key_value_heads, head_dimension, bytes_per_value);
  });
}

std::optional<double> remaining(double parameters, double sparsity) {
  return guarded([&] { return compression::remaining(parameters, sparsity); });
}

std::optional<ServingPlan> serving_plan(const ServingOptions& options) {
  return guarded([&] { return compression::serving_plan(options); });
}

std::optional<double> ratio(double numerator, double denominator) {
  return guarded([&] { return compression::ratio(numerator, denominator); });
}

std::optional<double> sum(double a, double b) {
  return guarded([&] { return compression::sum(a, b); });
}

std::optional<double> product(double a, double b) {
  return guarded([&] { return compression::product(a, b); });
}

}  // namespace

EMSCRIPTEN_BINDINGS(hardware) {
  emscripten::value_object<ServingOptions>("ServingOptions")
      .field("weightBytes", &ServingOptions::weight_bytes)
      .field("cardMemory", &ServingOptions::card_memory)
      .field("cacheBytesPerToken", &ServingOptions::cache_bytes_per_token)
      .field("contextLength", &ServingOptions::context_length)
      .field("reserve", &ServingOptions::reserve);
  emscripten::value_object<ServingPlan>("ServingPlan")
      .field("cards", &ServingPlan::cards)
      .field("roomBytes", &ServingPlan::room_bytes)
      .field("contexts", &ServingPlan::contexts);
  emscripten::register_optional<ServingPlan>();
  emscripten::function("decodeCeiling", &decode_ceiling);
  emscripten::function("bytesPerToken", &bytes_per_token);
  emscripten::function("bytesPerParameter", &bytes_per_parameter);
  emscripten::function("weightMemory", &weight_memory);
  emscripten::function("kvCacheBytesPerToken", &kv_cache_bytes_per_token);
  emscripten::function("remaining", &remaining);
  emscripten::function("servingPlan", &serving_plan);
  emscripten::function("ratio", &ratio);
  emscripten::function("sum", &sum);
  emscripten::function("product", &product);
}

}  // namespace bindings
