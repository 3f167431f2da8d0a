#include "engine/formats/layout.h"

#include <cstddef>
#include <span>
#include <string>

#include "engine/error.h"
#include "engine/formats/packed.h"
#include "engine/number_text.h"
#include "engine/tensor/magnitude.h"

namespace compression {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw EngineError(ErrorCode::invalid_argument, message);
}

/// The side of the matrix that follows from the other one.
std::size_t other_side(std::size_t side, std::size_t count, const char* name) {
  if (count % side != 0) {
    refuse(std::string(name) + " = " + std::to_string(side) + " does not divide " + std::to_string(count) +
           " weights");
  }
  return count / side;
}

/// Throws unless there is none, or one number of at least 0 for each column.
void require_importance(std::span<const float> importance, std::size_t cols) {
  if (importance.empty()) return;
  if (importance.size() != cols) {
    refuse("importance must have one number a column, " + std::to_string(cols) + ", not " +
           std::to_string(importance.size()));
  }
  require_finite(importance, "importance");
  for (std::size_t i = 0; i < cols; ++i) {
    if (importance[i] < 0) {
      refuse("importance[" + std::to_string(i) + "] must be at least 0, not " + number_text(importance[i]));
    }
  }
}

}  // namespace

Layout make_layout(const PackOptions& options, std::size_t count) {
  Layout layout{.rows = options.rows,
                .cols = options.cols,
                .scales = options.scales,
                .overflow = options.overflow,
                .scale_rule = options.scale_rule,
                .importance = options.importance,
                .seed = options.seed};
  if (layout.rows == 0 && layout.cols == 0) {
    layout.rows = 1;
    layout.cols = count;
  } else if (layout.rows == 0) {
    layout.rows = other_side(layout.cols, count, "cols");
  } else if (layout.cols == 0) {
    layout.cols = other_side(layout.rows, count, "rows");
  } else if (layout.rows != other_side(layout.cols, count, "cols")) {
    refuse("rows × cols = " + std::to_string(layout.rows) + " × " + std::to_string(layout.cols) +
           " is not the " + std::to_string(count) + " weights given");
  }
  require_importance(options.importance, layout.cols);
  const auto group = options.group.size;
  if (group == Group::tensor) {
    layout.whole_tensor = true;
    layout.group = layout.cols;
  } else if (group == Group::row) {
    layout.group = layout.cols;
  } else if (group < 2) {
    refuse("group must be \"tensor\", \"row\" or an integer of at least 2, not " + std::to_string(group));
  } else {
    layout.group = static_cast<std::size_t>(group);
  }
  return layout;
}

}  // namespace compression
