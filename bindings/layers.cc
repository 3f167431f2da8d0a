#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "bindings/marshal.h"
#include "bindings/pack_choices.h"
#include "engine/compress_layer.h"
#include "engine/quantize/sample_layer.h"

namespace bindings {
namespace {

using Floats = TypedArray<float>;
using Doubles = TypedArray<double>;
using Bytes = TypedArray<std::uint8_t>;
using Indices = TypedArray<std::uint32_t>;

/// A matrix [rows, cols], row-major; data.length is rows × cols.
struct Matrix {
  std::size_t rows = 0;
  std::size_t cols = 0;
  Floats data;
};

/// The elements of a matrix from JavaScript, and a view of them.
struct MatrixElements {
  explicit MatrixElements(const Matrix& matrix)
      : elements(matrix.data.elements()), rows(matrix.rows), cols(matrix.cols) {}

  [[nodiscard]] compression::ConstMatrixView view() const {
    return {std::span<const float>(elements).data(), rows, cols, cols, 1};
  }

  Elements<float> elements;
  std::size_t rows;
  std::size_t cols;
};

Matrix matrix(const compression::Matrix& m) {
  return {m.rows(), m.cols(), Floats(m.values())};
}

/// An object whose properties are the series of a trace, each a Float64Array.
struct Trace : emscripten::val {
  Trace() : val(val::object()) {}
  explicit Trace(const val& object) : val(object) {}
};

/// The options of compression::Recipe, as flat as they travel.
struct Recipe {
  std::string method;
  std::string format;
  bool grouped = false;    // whether a group is given
  std::int32_t group = 0;  // 0 the tensor, −1 a row, n weights of a row
  std::string scales;
  double sparsity = 0;
  std::size_t kept = 0;  // n and m of n:m; 0: unstructured
  std::size_t of = 0;
  double damping = 0;
  std::size_t block = 0;
  bool activation_order = false;
  bool static_groups = false;
  std::size_t alphas = 0;
  bool clip = false;
  std::size_t search_tokens = 0;
  double alpha = 0;
  bool smooth = false;
  bool per_tensor = false;
  double threshold = 0;

  [[nodiscard]] compression::Recipe engine() const {
    compression::Recipe recipe{.method = method,
                               .format = format,
                               .scales = scale_type(scales),
                               .sparsity = {.share = sparsity, .kept = kept, .of = of},
                               .damping = damping,
                               .block = block,
                               .activation_order = activation_order,
                               .static_groups = static_groups,
                               .alphas = alphas,
                               .clip = clip,
                               .search_tokens = search_tokens,
                               .alpha = alpha,
                               .smooth = smooth,
                               .per_tensor = per_tensor,
                               .threshold = threshold};
    if (grouped) recipe.group = compression::Group{group};
    return recipe;
  }
};

struct CompressedLayer {
  Floats weights;
  Bytes packed;        // empty: none
  std::string format;  // of the packed bytes, and their group
  std::int32_t group = 0;
  double packed_bits_per_weight = 0;
  Bytes mask;           // empty: none
  Floats input_scales;  // empty: none
  double bits_per_weight = 0;
  double calibration_error = 0;
  double held_out_error = 0;  // NaN: no held-out set
  Trace trace;
};

/// `progress`: a function of the share that is done, or undefined; what it answers stops the method where it
/// is false.
compression::Progress progress_of(const emscripten::val& progress) {
  if (progress.isUndefined()) return {};
  return [progress](double share) { return !progress(share).isFalse(); };
}

CompressedLayer compressed_layer(const compression::CompressedLayer& layer) {
  CompressedLayer result{
      .weights = Floats(layer.weights),
      .packed = Bytes(std::span<const std::uint8_t>()),
      .format = {},
      .mask = Bytes(layer.mask),
      .input_scales = Floats(layer.input_scales),
      .bits_per_weight = layer.bits_per_weight,
      .calibration_error = layer.calibration_error,
      .held_out_error = layer.held_out_error.value_or(std::numeric_limits<double>::quiet_NaN()),
      .trace = {}};
  if (layer.packed) {
    result.packed = Bytes(layer.packed->bytes);
    result.format = layer.packed->spec.format;
    result.group = layer.packed->spec.group.size;
    result.packed_bits_per_weight = layer.packed->bits_per_weight();
  }
  for (const compression::Series& series : layer.trace) {
    result.trace.set(series.name, Doubles(series.values));
  }
  return result;
}

std::optional<CompressedLayer> compress_layer(const Matrix& weights, const Matrix& calibration,
                                              const Matrix& held_out, const Recipe& recipe,
                                              const emscripten::val& progress) {
  return guarded([&] {
    const MatrixElements w(weights);
    const MatrixElements x(calibration);
    const MatrixElements other(held_out);
    return compressed_layer(
        compression::compress_layer({.weights = w.view(), .calibration = x.view(), .held_out = other.view()},
                                    recipe.engine(), progress_of(progress)));
  });
}

struct SampleLayerOptions {
  std::size_t outputs = 0;
  std::size_t inputs = 0;
  std::size_t tokens = 0;
  std::size_t held_out_tokens = 0;
  double sigma = 0;
  double heavy_rows = 0;
  double tail = 0;
  double correlation = 0;
  double channel_spread = 0;
  double outlier_channels = 0;
  double outlier_least = 0;
  double outlier_most = 0;
  double heavy_tokens = 0;
  double heavy_token_scale = 0;
  double seed = 0;  // a whole number below 2^53
};

struct SampledLayer {
  Matrix weights;
  Matrix calibration;
  Matrix held_out;
  Indices outlier_inputs;
};

std::optional<SampledLayer> sample_layer(const SampleLayerOptions& options) {
  return guarded([&] {
    const compression::SampledLayer layer =
        compression::sample_layer({.outputs = options.outputs,
                                   .inputs = options.inputs,
                                   .tokens = options.tokens,
                                   .held_out_tokens = options.held_out_tokens,
                                   .sigma = options.sigma,
                                   .heavy_rows = options.heavy_rows,
                                   .tail = options.tail,
                                   .correlation = options.correlation,
                                   .channel_spread = options.channel_spread,
                                   .outlier_channels = options.outlier_channels,
                                   .outlier_least = options.outlier_least,
                                   .outlier_most = options.outlier_most,
                                   .heavy_tokens = options.heavy_tokens,
                                   .heavy_token_scale = options.heavy_token_scale,
                                   .seed = static_cast<std::uint64_t>(options.seed)});
    return SampledLayer{matrix(layer.weights), matrix(layer.calibration), matrix(layer.held_out),
                        Indices(layer.outlier_inputs)};
  });
}

}  // namespace

EMSCRIPTEN_BINDINGS(layers) {
  emscripten::value_object<Matrix>("Matrix")
      .field("rows", &Matrix::rows)
      .field("cols", &Matrix::cols)
      .field("data", &Matrix::data);
  emscripten::value_object<Recipe>("Recipe")
      .field("method", &Recipe::method)
      .field("format", &Recipe::format)
      .field("grouped", &Recipe::grouped)
      .field("group", &Recipe::group)
      .field("scales", &Recipe::scales)
      .field("sparsity", &Recipe::sparsity)
      .field("kept", &Recipe::kept)
      .field("of", &Recipe::of)
      .field("damping", &Recipe::damping)
      .field("block", &Recipe::block)
      .field("activationOrder", &Recipe::activation_order)
      .field("staticGroups", &Recipe::static_groups)
      .field("alphas", &Recipe::alphas)
      .field("clip", &Recipe::clip)
      .field("searchTokens", &Recipe::search_tokens)
      .field("alpha", &Recipe::alpha)
      .field("smooth", &Recipe::smooth)
      .field("perTensor", &Recipe::per_tensor)
      .field("threshold", &Recipe::threshold);
  emscripten::register_type<Trace>("Record<string, Float64Array>");
  emscripten::value_object<CompressedLayer>("CompressedLayer")
      .field("weights", &CompressedLayer::weights)
      .field("packed", &CompressedLayer::packed)
      .field("format", &CompressedLayer::format)
      .field("group", &CompressedLayer::group)
      .field("packedBitsPerWeight", &CompressedLayer::packed_bits_per_weight)
      .field("mask", &CompressedLayer::mask)
      .field("inputScales", &CompressedLayer::input_scales)
      .field("bitsPerWeight", &CompressedLayer::bits_per_weight)
      .field("calibrationError", &CompressedLayer::calibration_error)
      .field("heldOutError", &CompressedLayer::held_out_error)
      .field("trace", &CompressedLayer::trace);
  emscripten::value_object<SampleLayerOptions>("SampleLayerOptions")
      .field("outputs", &SampleLayerOptions::outputs)
      .field("inputs", &SampleLayerOptions::inputs)
      .field("tokens", &SampleLayerOptions::tokens)
      .field("heldOutTokens", &SampleLayerOptions::held_out_tokens)
      .field("sigma", &SampleLayerOptions::sigma)
      .field("heavyRows", &SampleLayerOptions::heavy_rows)
      .field("tail", &SampleLayerOptions::tail)
      .field("correlation", &SampleLayerOptions::correlation)
      .field("channelSpread", &SampleLayerOptions::channel_spread)
      .field("outlierChannels", &SampleLayerOptions::outlier_channels)
      .field("outlierLeast", &SampleLayerOptions::outlier_least)
      .field("outlierMost", &SampleLayerOptions::outlier_most)
      .field("heavyTokens", &SampleLayerOptions::heavy_tokens)
      .field("heavyTokenScale", &SampleLayerOptions::heavy_token_scale)
      .field("seed", &SampleLayerOptions::seed);
  emscripten::value_object<SampledLayer>("SampledLayer")
      .field("weights", &SampledLayer::weights)
      .field("calibration", &SampledLayer::calibration)
      .field("heldOut", &SampledLayer::held_out)
      .field("outlierInputs", &SampledLayer::outlier_inputs);
  emscripten::register_optional<CompressedLayer>();
  emscripten::register_optional<SampledLayer>();
  emscripten::function("compressLayer", &compress_layer);
  emscripten::function("sampleLayer", &sample_layer);
}

}  // namespace bindings
