// Codebooks for eight weights at a time, and the transform that makes weights suit one of them.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "bindings/marshal.h"
#include "bindings/properties.h"
#include "engine/formats/vector/codebook_fit.h"
#include "engine/formats/vector/codebook_plane.h"
#include "engine/formats/vector/turned_weights.h"

namespace bindings {
namespace {

val tails_of(const compression::Tails& tails) {
  val object = val::object();
  set(object, "peak", val(tails.peak));
  set(object, "kurtosis", val(tails.kurtosis));
  return object;
}

/// { weights, seed } → { weights, given, turned }.
Properties turn_weights(const Properties& given, const val& /*progress*/) {
  return answer([&](val& result) {
    const MatrixElements weights(given, "weights");
    std::uint64_t seed = 0;
    read(given, "seed", seed);
    const compression::TurnedWeights turned =
        compression::turned_weights(weights.values(), weights.rows(), weights.cols(), seed);
    set_matrix(result, "weights", turned.weights, turned.width);
    set(result, "given", tails_of(turned.given));
    set(result, "turned", tails_of(turned.turned));
  });
}

/// { weights, codebook, seed } → what the weights become.
Properties fit_codebook(const Properties& given, const val& /*progress*/) {
  return answer([&](val& result) {
    const MatrixElements weights(given, "weights");
    std::string id;
    std::uint64_t seed = 0;
    read(given, "codebook", id);
    read(given, "seed", seed);
    const compression::CodebookFit fit =
        compression::fit_codebook(id, weights.values(), weights.rows(), weights.cols(), seed);
    set(result, "codebook", val(id));
    if (!fit.codebook.parameters.empty()) {
      set(result, "parameters", TypedArray<float>(fit.codebook.parameters));
    }
    set(result, "scales", TypedArray<float>(fit.scales));
    set_matrix(result, "vectors", fit.vectors, compression::codebook_length);
    set_matrix(result, "points", fit.points, compression::codebook_length);
    set(result, "codes", TypedArray<std::uint16_t>(fit.codes));
    set(result, "bitsPerWeight", val(fit.bits_per_weight));
    set(result, "distortion", val(fit.distortion));
    set(result, "sqnrDb", val(fit.sqnr_db));
  });
}

compression::Codebook codebook_of(const val& given) {
  compression::Codebook codebook;
  read(given, "codebook", codebook.id);
  if (const val parameters = given["parameters"]; !parameters.isUndefined()) {
    const Elements<float> elements = TypedArray<float>(parameters).elements();
    const std::span<const float> values = elements;
    codebook.parameters.assign(values.begin(), values.end());
  }
  return codebook;
}

/// { codebook, parameters?, across, up, through } → { places, slice }.
Properties codebook_plane(const Properties& given, const val& /*progress*/) {
  return answer([&](val& result) {
    compression::PlaneOptions options;
    read(given, "across", options.across);
    read(given, "up", options.up);
    read_count(given, "through", options.through);
    const compression::CodebookPlane plane = compression::codebook_plane(codebook_of(given), options);
    set_matrix(result, "places", plane.places, 3);
    set_matrix(result, "slice", plane.slice, 2);
  });
}

}  // namespace

EMSCRIPTEN_BINDINGS(codebooks) {
  emscripten::function("codebookPlane", &codebook_plane);
  emscripten::function("fitCodebook", &fit_codebook);
  emscripten::function("turnWeights", &turn_weights);
}

}  // namespace bindings
