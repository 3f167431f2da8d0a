#include "engine/hardware/decode.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/error.h"
#include "engine/formats/packed.h"
#include "engine/hardware/arithmetic.h"
#include "engine/number_text.h"

namespace compression {
namespace {

[[noreturn]] void refuse(const char* name, const char* bound, double value) {
  throw EngineError(ErrorCode::invalid_argument,
                    std::string(name) + " must be " + bound + ", not " + number_text(value));
}

void require_amount(double value, const char* name) {
  if (!(value >= 0 && std::isfinite(value))) refuse(name, "finite and at least 0", value);
}

void require_positive(double value, const char* name) {
  if (!(value > 0 && std::isfinite(value))) refuse(name, "finite and above 0", value);
}

}  // namespace

double decode_ceiling(double bandwidth, double bytes_per_parameter, double active_parameters) {
  require_amount(bandwidth, "bandwidth");
  require_positive(bytes_per_parameter, "bytesPerParameter");
  require_positive(active_parameters, "activeParameters");
  return ratio(bandwidth, bytes_per_token(bytes_per_parameter, active_parameters));
}

double bytes_per_token(double bytes_per_parameter, double active_parameters) {
  require_amount(bytes_per_parameter, "bytesPerParameter");
  require_amount(active_parameters, "activeParameters");
  return product(bytes_per_parameter, active_parameters);
}

double bytes_per_parameter(const std::string& format, Group group, ScaleType scales) {
  return bits_per_weight(format, group, scales) / 8;
}

double weight_memory(double parameters, const std::string& format, Group group, ScaleType scales) {
  require_amount(parameters, "parameters");
  return product(parameters, bytes_per_parameter(format, group, scales));
}

double kv_cache_bytes_per_token(double layers, double key_value_heads, double head_dimension,
                                double bytes_per_value) {
  require_amount(layers, "layers");
  require_amount(key_value_heads, "keyValueHeads");
  require_amount(head_dimension, "headDimension");
  require_amount(bytes_per_value, "bytesPerValue");
  constexpr double keys_and_values = 2;
  return product(product(keys_and_values * layers, key_value_heads),
                 product(head_dimension, bytes_per_value));
}

double remaining(double parameters, double sparsity) {
  require_amount(parameters, "parameters");
  if (!(sparsity >= 0 && sparsity <= 1)) refuse("sparsity", "within 0 and 1", sparsity);
  return parameters * (1 - sparsity);
}

ServingPlan serving_plan(const ServingOptions& options) {
  require_amount(options.weight_bytes, "weightBytes");
  require_positive(options.card_memory, "cardMemory");
  require_positive(options.cache_bytes_per_token, "cacheBytesPerToken");
  require_positive(options.context_length, "contextLength");
  if (!(options.reserve >= 0 && options.reserve < 1))
    refuse("reserve", "at least 0 and below 1", options.reserve);

  const double usable = options.card_memory * (1 - options.reserve);
  ServingPlan plan;
  plan.cards = std::max(1.0, std::ceil(ratio(options.weight_bytes, usable)));
  plan.room_bytes = product(plan.cards, usable) - options.weight_bytes;
  plan.contexts =
      std::floor(ratio(plan.room_bytes, product(options.cache_bytes_per_token, options.context_length)));
  return plan;
}

}  // namespace compression
