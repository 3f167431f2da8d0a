#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "bindings/marshal.h"
#include "bindings/pack_choices.h"
#include "engine/formats/format.h"
#include "engine/formats/packed.h"
#include "engine/formats/registry.h"
#include "engine/tensor/pooled_error.h"
#include "engine/tensor/statistics.h"

namespace bindings {
namespace {

using Floats = TypedArray<float>;
using Bytes = TypedArray<std::uint8_t>;

struct FormatInfo {
  std::string id;
  std::string name;
  double bits_per_weight = 0;
  std::size_t block_size = 0;
  std::size_t levels = 0;
  std::string kind;
  std::string source;
  std::string description;
  bool grouped = false;
};

/// A JavaScript array of FormatInfo.
struct FormatList : emscripten::val {
  FormatList() : val(val::array()) {}
  explicit FormatList(const val& list) : val(list) {}
};

/// What is needed to read packed bytes.
struct PackedSpec {
  std::string format;
  std::int32_t group = 0;  // 0 the tensor, −1 a row, n weights of a row
  std::size_t rows = 0;    // 0: follows from cols
  std::size_t cols = 0;    // 0: follows from rows
  std::string scales;

  [[nodiscard]] compression::PackOptions engine() const {
    return {.format = format, .group = {group}, .rows = rows, .cols = cols, .scales = scale_type(scales)};
  }
};

/// How to make them.
struct PackOptions {
  PackedSpec spec;
  std::string overflow;
  std::string scale_rule;
  Floats importance;  // [cols], or empty: none
  double seed = 0;    // a whole number below 2^53

  /// Calls `function` with the options as the engine takes them.
  template <std::invocable<const compression::PackOptions&> Function>
  auto with_engine(Function function) const {
    const auto columns = importance.elements();
    compression::PackOptions options = spec.engine();
    options.overflow = bindings::overflow(overflow);
    options.scale_rule = bindings::scale_rule(scale_rule);
    options.importance = columns;
    options.seed = static_cast<std::uint64_t>(seed);
    return function(options);
  }
};

struct Packed {
  Bytes bytes;
  double bits_per_weight = 0;
  std::size_t rows = 0;
  std::size_t cols = 0;
};

struct RoundTrip {
  Floats dequantized;
  double bits_per_weight = 0;
  double rmse = 0;
  double max_error = 0;
  double sqnr_db = 0;
  std::size_t levels_used = 0;
};

std::optional<FormatList> formats() {
  return guarded([] {
    FormatList list;
    for (const compression::Format* format : compression::formats()) {
      const compression::FormatInfo& info = format->info;
      list.call<void>("push",
                      FormatInfo{std::string(info.id), std::string(info.name), info.bits_per_weight,
                                 info.block_size, info.levels, std::string(compression::name(info.kind)),
                                 std::string(info.source), std::string(info.description), info.grouped});
    }
    return list;
  });
}

std::optional<Packed> pack(const Floats& weights, const PackOptions& options) {
  return guarded([&] {
    const compression::Packed packed = options.with_engine(
        [&](const compression::PackOptions& given) { return compression::pack(weights.elements(), given); });
    return Packed{Bytes(packed.bytes), packed.bits_per_weight(), packed.spec.rows, packed.spec.cols};
  });
}

std::optional<Floats> unpack(const Bytes& bytes, const PackedSpec& spec) {
  return guarded([&] { return Floats(compression::unpack(bytes.elements(), spec.engine())); });
}

std::optional<RoundTrip> round_trip(const Floats& weights, const PackOptions& options) {
  return guarded([&] {
    const compression::RoundTrip result = options.with_engine([&](const compression::PackOptions& given) {
      return compression::round_trip(weights.elements(), given);
    });
    return RoundTrip{Floats(result.dequantized), result.bits_per_weight, result.rmse,
                     result.max_error,           result.sqnr_db,         result.levels_used};
  });
}

/// What a format makes of weights, without the weights it makes.
std::optional<compression::PooledError> measure(const Floats& weights, const PackOptions& options) {
  return guarded([&] {
    const auto values = weights.elements();
    const compression::RoundTrip result = options.with_engine(
        [&](const compression::PackOptions& given) { return compression::round_trip(values, given); });
    const auto count = static_cast<double>(values.size());
    return compression::PooledError{.weights = count,
                                    .bytes = count * result.bits_per_weight / 8,
                                    .bits_per_weight = result.bits_per_weight,
                                    .rms = compression::statistics(values).rms,
                                    .rmse = result.rmse,
                                    .max_error = result.max_error,
                                    .sqnr_db = result.sqnr_db};
  });
}

std::optional<Floats> levels(const std::string& format, float absmax, const std::string& scales) {
  return guarded([&] { return Floats(compression::levels(format, absmax, scale_type(scales))); });
}

std::optional<double> symmetric_scale(double absmax, int bits) {
  return guarded([&] { return compression::symmetric_scale(absmax, bits); });
}

std::optional<compression::SymmetricLevels> symmetric_levels(int bits) {
  return guarded([&] { return compression::symmetric_levels(bits); });
}

}  // namespace

EMSCRIPTEN_BINDINGS(formats) {
  emscripten::value_object<FormatInfo>("FormatInfo")
      .field("id", &FormatInfo::id)
      .field("name", &FormatInfo::name)
      .field("bitsPerWeight", &FormatInfo::bits_per_weight)
      .field("blockSize", &FormatInfo::block_size)
      .field("levels", &FormatInfo::levels)
      .field("kind", &FormatInfo::kind)
      .field("source", &FormatInfo::source)
      .field("description", &FormatInfo::description)
      .field("grouped", &FormatInfo::grouped);
  emscripten::register_type<FormatList>("FormatInfo[]");
  emscripten::value_object<PackedSpec>("PackedSpec")
      .field("format", &PackedSpec::format)
      .field("group", &PackedSpec::group)
      .field("rows", &PackedSpec::rows)
      .field("cols", &PackedSpec::cols)
      .field("scales", &PackedSpec::scales);
  emscripten::value_object<PackOptions>("PackOptions")
      .field("spec", &PackOptions::spec)
      .field("overflow", &PackOptions::overflow)
      .field("scaleRule", &PackOptions::scale_rule)
      .field("importance", &PackOptions::importance)
      .field("seed", &PackOptions::seed);
  emscripten::value_object<Packed>("Packed")
      .field("bytes", &Packed::bytes)
      .field("bitsPerWeight", &Packed::bits_per_weight)
      .field("rows", &Packed::rows)
      .field("cols", &Packed::cols);
  emscripten::value_object<RoundTrip>("RoundTrip")
      .field("dequantized", &RoundTrip::dequantized)
      .field("bitsPerWeight", &RoundTrip::bits_per_weight)
      .field("rmse", &RoundTrip::rmse)
      .field("maxError", &RoundTrip::max_error)
      .field("sqnrDb", &RoundTrip::sqnr_db)
      .field("levelsUsed", &RoundTrip::levels_used);
  emscripten::value_object<compression::SymmetricLevels>("SymmetricLevels")
      .field("lowest", &compression::SymmetricLevels::lowest)
      .field("highest", &compression::SymmetricLevels::highest)
      .field("count", &compression::SymmetricLevels::count);
  emscripten::register_optional<FormatList>();
  emscripten::register_optional<Packed>();
  emscripten::register_optional<RoundTrip>();
  emscripten::register_optional<compression::SymmetricLevels>();
  emscripten::function("formats", &formats);
  emscripten::function("pack", &pack);
  emscripten::function("unpack", &unpack);
  emscripten::function("roundTrip", &round_trip);
  emscripten::function("measure", &measure);
  emscripten::function("levels", &levels);
  emscripten::function("symmetricScale", &symmetric_scale);
  emscripten::function("symmetricLevels", &symmetric_levels);
}

}  // namespace bindings
