// Methods on layers have many options and many answers, and take and give plain objects.
#include <cstdint>
#include <optional>

#include "bindings/marshal.h"
#include "bindings/properties.h"
#include "engine/compress_layer.h"
#include "engine/prune/sparse_packed.h"
#include "engine/prune/wanda.h"
#include "engine/quantize/awq.h"
#include "engine/quantize/kv_cache.h"
#include "engine/quantize/layer.h"
#include "engine/quantize/sample_layer.h"

namespace bindings {
namespace {

/// What a method is told of `progress`, a function of the share that is done, or undefined; it stops where
/// the answer is false.
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
  read(given, "rounds", recipe.rounds);
  read(given, "beams", recipe.beams);
  read(given, "seed", recipe.seed);
  read(given, "steps", recipe.steps);
  read(given, "threshold", recipe.threshold);
  return recipe;
}

/// { weights, calibration, heldOut?, recipe } → the layer after a method.
Properties compress_layer(const Properties& given, const val& progress) {
  return answer([&](val& result) {
    const MatrixElements weights(given, "weights");
    const MatrixElements calibration(given, "calibration");
    const MatrixElements held_out(given, "heldOut");
    const compression::CompressedLayer layer = compression::compress_layer(
        {.weights = weights.view(), .calibration = calibration.view(), .held_out = held_out.view()},
        recipe_of(given["recipe"]), progress_of(progress));
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
  });
}

/// { bytes, format, group, scales, rows, cols, kept, of } → { weights }.
Properties unpack_sparse(const Properties& given, const val& /*progress*/) {
  return answer([&](val& result) {
    const Elements<std::uint8_t> bytes = TypedArray<std::uint8_t>(given["bytes"]).elements();
    const std::span<const std::uint8_t> view = bytes;
    compression::SparsePacked packed{.bytes = {view.begin(), view.end()}, .spec = {}, .sparsity = {}};
    read(given, "format", packed.spec.format);
    read_count(given, "group", packed.spec.group.size);
    read(given, "scales", packed.spec.scales);
    read(given, "rows", packed.spec.rows);
    read(given, "cols", packed.spec.cols);
    read(given, "kept", packed.sparsity.kept);
    read(given, "of", packed.sparsity.of);
    set(result, "weights", TypedArray<float>(compression::unpack_sparse(packed)));
  });
}

/// SampleLayerOptions → { weights, calibration, heldOut, outlierInputs }.
Properties sample_layer(const Properties& given, const val& /*progress*/) {
  return answer([&](val& result) {
    compression::SampleLayerOptions options;
    read(given, "outputs", options.outputs);
    read(given, "inputs", options.inputs);
    read(given, "tokens", options.tokens);
    read(given, "heldOutTokens", options.held_out_tokens);
    read(given, "sigma", options.sigma);
    read(given, "heavyRows", options.heavy_rows);
    read(given, "tail", options.tail);
    read(given, "correlation", options.correlation);
    read(given, "channelSpread", options.channel_spread);
    read(given, "outlierChannels", options.outlier_channels);
    read(given, "outlierLeast", options.outlier_least);
    read(given, "outlierMost", options.outlier_most);
    read(given, "heavyTokens", options.heavy_tokens);
    read(given, "heavyTokenScale", options.heavy_token_scale);
    read(given, "seed", options.seed);
    const compression::SampledLayer layer = compression::sample_layer(options);
    set_matrix(result, "weights", layer.weights);
    set_matrix(result, "calibration", layer.calibration);
    set_matrix(result, "heldOut", layer.held_out);
    set(result, "outlierInputs", TypedArray<std::uint32_t>(layer.outlier_inputs));
  });
}

/// { weights, calibration, heldOut?, approximation } → the relative output error of the approximation.
std::optional<double> output_error(const Properties& given) {
  return guarded([&] {
    const MatrixElements weights(given, "weights");
    const MatrixElements calibration(given, "calibration");
    const MatrixElements held_out(given, "heldOut");
    const MatrixElements approximation(given, "approximation");
    return compression::output_error(
        {.weights = weights.view(), .calibration = calibration.view(), .held_out = held_out.view()},
        approximation.view());
  });
}

Properties wanda_row(const TypedArray<float>& weights, const TypedArray<double>& norms, double sparsity) {
  return answer([&](val& result) {
    const compression::PrunedRow row = compression::wanda_row(weights.elements(), norms.elements(), sparsity);
    set(result, "mask", TypedArray<std::uint8_t>(row.mask));
    set(result, "sum", val(row.sum));
  });
}

compression::CachePrecision precision_of(const val& given) {
  compression::CachePrecision precision;
  if (given.isUndefined()) return precision;
  read(given, "format", precision.format);
  read_count(given, "bits", precision.bits);
  read(given, "byChannel", precision.by_channel);
  read(given, "group", precision.group);
  return precision;
}

/// { queries, keys, values, recipe } → the cache as attention sees it.
Properties compress_cache(const Properties& given, const val& /*progress*/) {
  return answer([&](val& result) {
    const MatrixElements queries(given, "queries");
    const MatrixElements keys(given, "keys");
    const MatrixElements values(given, "values");
    const val recipe = given["recipe"];
    compression::CacheOptions options{.keys = precision_of(recipe["keys"]),
                                      .values = precision_of(recipe["values"])};
    read(recipe, "window", options.window);
    read(recipe, "context", options.context);
    read(recipe, "scales", options.scales);
    const compression::CompressedCache cache = compression::compress_cache(
        {.queries = queries.view(), .keys = keys.view(), .values = values.view()}, options);
    set_matrix(result, "keys", cache.keys);
    set_matrix(result, "values", cache.values);
    set(result, "keyBits", val(cache.key_bits));
    set(result, "valueBits", val(cache.value_bits));
    set(result, "keyError", val(cache.key_error));
    set(result, "valueError", val(cache.value_error));
    set(result, "attentionError", val(cache.attention_error));
  });
}

std::optional<double> awq_scale(double magnitude, double least, double most, double alpha) {
  return guarded([&] { return compression::awq_scale(magnitude, least, most, alpha); });
}

std::optional<double> kivi_bits(double bits, double group, double tokens, double window) {
  return guarded([&] { return compression::kivi_bits(bits, group, tokens, window); });
}

}  // namespace

EMSCRIPTEN_BINDINGS(layers) {
  emscripten::register_type<Properties>("object");
  emscripten::function("awqScale", &awq_scale);
  emscripten::function("compressLayer", &compress_layer);
  emscripten::function("sampleLayer", &sample_layer);
  emscripten::function("unpackSparse", &unpack_sparse);
  emscripten::function("outputError", &output_error);
  emscripten::function("wandaRow", &wanda_row);
  emscripten::function("compressCache", &compress_cache);
  emscripten::function("kiviBits", &kivi_bits);
}

}  // namespace bindings
