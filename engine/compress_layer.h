/// One call for every method that compresses a layer after training.
#pragma once

#include <span>
#include <string_view>

#include "engine/compressed_layer.h"
#include "engine/quantize/layer.h"
#include "engine/recipe.h"

namespace compression {

struct Method {
  std::string_view id;
  std::string_view name;
  std::string_view source;
  CompressedLayer (*run)(const Layer& layer, const Recipe& recipe, const Progress& progress);
};

/// All methods, in the order in which they are shown.
std::span<const Method> methods() noexcept;

/// Compresses a layer. Errors: invalid_argument for shapes, methods and options outside their bounds;
/// non_finite for NaN and infinity; unknown_format; overflow; aborted.
CompressedLayer compress_layer(const Layer& layer, const Recipe& recipe, const Progress& progress = {});

}  // namespace compression
