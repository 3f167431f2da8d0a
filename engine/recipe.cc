#include "engine/recipe.h"

#include <cstddef>
#include <cstdint>

namespace compression {
namespace {

constexpr std::int32_t usual_group = 128;

Group group_of(const Recipe& recipe, std::size_t inputs) {
  if (recipe.group) return *recipe.group;
  return {inputs > static_cast<std::size_t>(usual_group) ? usual_group : Group::row};
}

}  // namespace

PackOptions pack_options(std::size_t outputs, std::size_t inputs, const Recipe& recipe) {
  return {.format = recipe.format.empty() ? "int4" : recipe.format,
          .group = group_of(recipe, inputs),
          .rows = outputs,
          .cols = inputs,
          .scales = recipe.scales};
}

}  // namespace compression
