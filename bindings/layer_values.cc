#include "bindings/layer_values.h"

#include <cstdint>

#include "bindings/marshal.h"

namespace bindings {

compression::Progress progress_of(const val& progress) {
  if (progress.isUndefined()) return {};
  return [progress](double share) { return !progress(share).isFalse(); };
}

compression::Recipe recipe_of(const val& given) {
  compression::Recipe recipe;
  read(given, "method", recipe.method);
  read(given, "format", recipe.format);
  if (const val group = given["group"]; !group.isUndefined()) {
    recipe.group = compression::Group{group.as<std::int32_t>()};
  }
  read(given, "scales", recipe.scales);
  read(given, "sparsity", recipe.sparsity.share);
  read(given, "kept", recipe.sparsity.kept);
  read(given, "of", recipe.sparsity.of);
  read(given, "damping", recipe.damping);
  read(given, "block", recipe.block);
  read(given, "activationOrder", recipe.activation_order);
  read(given, "staticGroups", recipe.static_groups);
  read(given, "scaleInputs", recipe.scale_inputs);
  read(given, "alphas", recipe.alphas);
  read(given, "clip", recipe.clip);
  read(given, "searchTokens", recipe.search_tokens);
  read(given, "alpha", recipe.alpha);
  read(given, "smooth", recipe.smooth);
  read(given, "perTensor", recipe.per_tensor);
  read(given, "tuningPasses", recipe.tuning_passes);
  read(given, "codebooks", recipe.codebooks);
  read(given, "codeBits", recipe.code_bits);
  read(given, "vectorLength", recipe.vector_length);
  read(given, "rounds", recipe.rounds);
  read(given, "beams", recipe.beams);
  read(given, "seed", recipe.seed);
  read(given, "steps", recipe.steps);
  read(given, "threshold", recipe.threshold);
  read(given, "measured", recipe.measured);
  return recipe;
}

void set_layer(val& result, const compression::CompressedLayer& layer) {
  set(result, "weights", TypedArray<float>(layer.weights));
  set(result, "bitsPerWeight", val(layer.bits_per_weight));
  set(result, "calibrationError", val(layer.calibration_error));
  set(result, "outputError", val(layer.held_out_error.value_or(layer.calibration_error)));
  if (layer.packed) {
    set(result, "bytes", TypedArray<std::uint8_t>(layer.packed->bytes));
    set(result, "format", val(layer.packed->spec.format));
    set(result, "group", val(layer.packed->spec.group.size));
    set(result, "packedBitsPerWeight", val(layer.packed->bits_per_weight()));
  }
  if (layer.sparse_packed) {
    set(result, "sparseBytes", TypedArray<std::uint8_t>(layer.sparse_packed->bytes));
    set(result, "format", val(layer.sparse_packed->spec.format));
    set(result, "group", val(layer.sparse_packed->spec.group.size));
    set(result, "packedBitsPerWeight", val(layer.sparse_packed->bits_per_weight()));
  }
  if (!layer.mask.empty()) set(result, "mask", TypedArray<std::uint8_t>(layer.mask));
  if (!layer.input_scales.empty()) set(result, "inputScales", TypedArray<float>(layer.input_scales));
  val trace = val::object();
  for (const compression::Series& series : layer.trace) {
    set(trace, series.name.c_str(), TypedArray<double>(series.values));
  }
  set(result, "trace", trace);
}

}  // namespace bindings
