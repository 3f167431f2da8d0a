// Methods on layers have many options and many answers, and take and give plain objects.
#include <cstdint>
#include <optional>

#include "bindings/layer_values.h"
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

/// { weights, calibration, heldOut?, recipe } → the layer after a method.
Properties compress_layer(const Properties& given, const val& progress) {
  return answer([&](val& result) {
    const MatrixElements weights(given, "weights");
    const MatrixElements calibration(given, "calibration");
    const MatrixElements held_out(given, "heldOut");
    const compression::CompressedLayer layer = compression::compress_layer(
        {.weights = weights.view(), .calibration = calibration.view(), .held_out = held_out.view()},
        recipe_of(given["recipe"]), progress_of(progress));
    set_layer(result, layer);
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
