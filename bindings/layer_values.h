/// Recipes and layers as plain objects, for the functions that take and give them.
#pragma once

#include "bindings/properties.h"
#include "engine/compressed_layer.h"
#include "engine/quantize/layer.h"
#include "engine/recipe.h"

namespace bindings {

/// What a method is told of `progress`, a function of the share that is done, or undefined; it stops where
/// the answer is false.
compression::Progress progress_of(const val& progress);

compression::Recipe recipe_of(const val& given);

/// Sets what a method answers.
void set_layer(val& result, const compression::CompressedLayer& layer);

}  // namespace bindings
