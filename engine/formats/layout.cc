#include "engine/formats/layout.h"

#include <cstddef>
#include <string>

#include "engine/error.h"
#include "engine/formats/packed.h"

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

}  // namespace

Layout make_layout(const PackOptions& options, std::size_t count) {
  Layout layout{.rows = options.rows, .cols = options.cols, .scales = options.scales};
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
