#include "engine/formats/block_fields.h"

#include <cstddef>
#include <optional>
#include <string>

#include "bindings/marshal.h"

namespace bindings {
namespace {

struct BlockField {
  std::string name;
  std::size_t count = 0;
  std::size_t bits = 0;
};

/// A JavaScript array of BlockField.
struct BlockFieldList : emscripten::val {
  BlockFieldList() : val(val::array()) {}
  explicit BlockFieldList(const val& list) : val(list) {}
};

struct BlockLayout {
  BlockFieldList fields;
  std::size_t block_size = 0;
  std::size_t bytes = 0;
};

std::optional<BlockLayout> block_fields(const std::string& format) {
  return guarded([&] {
    const compression::BlockLayout layout = compression::block_fields(format);
    BlockFieldList fields;
    for (const compression::BlockField& field : layout.fields) {
      fields.call<void>("push", BlockField{std::string(field.name), field.count, field.bits});
    }
    return BlockLayout{fields, layout.block_size, layout.bytes};
  });
}

}  // namespace

EMSCRIPTEN_BINDINGS(block_fields) {
  emscripten::value_object<BlockField>("BlockField")
      .field("name", &BlockField::name)
      .field("count", &BlockField::count)
      .field("bits", &BlockField::bits);
  emscripten::register_type<BlockFieldList>("BlockField[]");
  emscripten::value_object<BlockLayout>("BlockLayout")
      .field("fields", &BlockLayout::fields)
      .field("blockSize", &BlockLayout::block_size)
      .field("bytes", &BlockLayout::bytes);
  emscripten::register_optional<BlockLayout>();
  emscripten::function("blockFields", &block_fields);
}

}  // namespace bindings
