#include "engine/formats/codes.h"

#include <cstdint>
#include <optional>
#include <string>

#include "bindings/marshal.h"
#include "bindings/pack_choices.h"

namespace bindings {
namespace {

using Floats = TypedArray<float>;

struct CodeTable {
  Floats values;
  int code_bits = 0;
  int sign_bits = 0;
  int exponent_bits = 0;
  int mantissa_bits = 0;
};

std::optional<CodeTable> codes(const std::string& format, float scale) {
  return guarded([&] {
    const compression::CodeTable table = compression::codes(format, scale);
    return CodeTable{Floats(table.values), table.code_bits, table.sign_bits, table.exponent_bits,
                     table.mantissa_bits};
  });
}

std::optional<compression::NearestCode> nearest_code(const std::string& format, float value, float scale,
                                                     const std::string& overflow) {
  return guarded(
      [&] { return compression::nearest_code(format, value, scale, bindings::overflow(overflow)); });
}

std::optional<compression::BlockScale> microscale(const std::string& format, float absmax,
                                                  const std::string& rule) {
  return guarded([&] { return compression::microscale(format, absmax, scale_rule(rule)); });
}

}  // namespace

EMSCRIPTEN_BINDINGS(codes) {
  emscripten::value_object<CodeTable>("CodeTable")
      .field("values", &CodeTable::values)
      .field("codeBits", &CodeTable::code_bits)
      .field("signBits", &CodeTable::sign_bits)
      .field("exponentBits", &CodeTable::exponent_bits)
      .field("mantissaBits", &CodeTable::mantissa_bits);
  emscripten::value_object<compression::NearestCode>("NearestCode")
      .field("code", &compression::NearestCode::code)
      .field("value", &compression::NearestCode::value)
      .field("below", &compression::NearestCode::below)
      .field("above", &compression::NearestCode::above)
      .field("error", &compression::NearestCode::error);
  emscripten::value_object<compression::BlockScale>("BlockScale")
      .field("code", &compression::BlockScale::code)
      .field("scale", &compression::BlockScale::scale);
  emscripten::register_optional<CodeTable>();
  emscripten::register_optional<compression::NearestCode>();
  emscripten::register_optional<compression::BlockScale>();
  emscripten::function("codes", &codes);
  emscripten::function("nearestCode", &nearest_code);
  emscripten::function("microscale", &microscale);
}

}  // namespace bindings
