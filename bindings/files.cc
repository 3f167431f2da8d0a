#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bindings/marshal.h"
#include "engine/files/gguf.h"
#include "engine/files/mixture.h"
#include "engine/files/safetensors.h"
#include "engine/files/tensor_data.h"
#include "engine/formats/packed.h"

namespace bindings {
namespace {

using compression::ElementType;
using compression::FileKind;
using Floats = TypedArray<float>;
using Bytes = TypedArray<std::uint8_t>;

/// A JavaScript array of `Element`.
template <class Element>
struct List : emscripten::val {
  List() : val(val::array()) {}
  explicit List(const val& list) : val(list) {}

  void push(const Element& element) { call<void>("push", element); }

  template <class Visit>
  void for_each(Visit visit) const {
    const auto size = (*this)["length"].template as<std::size_t>();
    for (std::size_t i = 0; i < size; ++i) visit((*this)[i].template as<Element>());
  }
};

struct ElementTypeInfo {
  std::string name;
  std::string format;     // id in the registry, "" where there is none
  std::size_t block = 0;  // elements that are stored together
  std::size_t block_bytes = 0;
  bool readable = false;  // as numbers
};

/// Sizes and places are whole numbers below 2^53.
struct TensorEntry {
  std::string name;
  List<double> shape;
  std::string type;
  double begin = 0;
  double byte_length = 0;
  bool stays_float = false;
};

struct TensorDescription {
  std::string name;
  List<double> shape;
  std::string type;
};

struct TextEntry {
  std::string key;
  std::string text;
};

struct GgufEntry {
  std::string key;
  std::string type;
  std::string element;
  double count = 0;
  double begin = 0;  // of the payload in the prefix
  double byte_length = 0;
};

struct GgufValue {
  std::string key;
  std::string type;
  std::string element;
  double count = 0;
  Bytes payload;
};

struct SafetensorsHeader {
  double more = 0;  // bytes from the start that are needed; 0: the header is complete
  List<TextEntry> metadata;
  List<TensorEntry> tensors;
};

struct GgufHeader {
  double more = 0;  // as above
  std::uint32_t version = 0;
  List<GgufEntry> metadata;
  List<TensorEntry> tensors;
};

struct ShardEntry {
  std::string tensor;
  std::string file;
};

struct PlannedTensor {
  std::size_t index = 0;
  double byte_length = 0;
  double padding = 0;
};

struct FilePlan {
  Bytes header;
  List<PlannedTensor> tensors;
  double byte_length = 0;
};

struct MixtureInfo {
  std::string id;
  std::string type;
  std::uint32_t file_type = 0;
};

FileKind file_kind(const std::string& name) {
  return name == compression::name(FileKind::gguf) ? FileKind::gguf : FileKind::safetensors;
}

const ElementType& element_type(FileKind kind, const std::string& name) {
  const ElementType* const type = compression::find_element_type(kind, name);
  if (type != nullptr) return *type;
  throw compression::EngineError(compression::ErrorCode::invalid_argument,
                                 "type \"" + name + "\" is none of " + std::string(compression::name(kind)));
}

compression::GgufType gguf_type(const std::string& name) {
  const auto type = compression::find_gguf_value_type(name);
  if (type) return *type;
  throw compression::EngineError(compression::ErrorCode::invalid_argument,
                                 "type \"" + name + "\" is none of GGUF's metadata");
}

List<TensorEntry> entries(const std::vector<compression::TensorEntry>& tensors) {
  List<TensorEntry> list;
  for (const auto& tensor : tensors) {
    TensorEntry entry{.name = tensor.name,
                      .shape = {},
                      .type = std::string(tensor.type->name),
                      .begin = static_cast<double>(tensor.begin),
                      .byte_length = static_cast<double>(tensor.byte_length),
                      .stays_float = compression::stays_float(tensor.name, tensor.shape)};
    for (const std::uint64_t dimension : tensor.shape) entry.shape.push(static_cast<double>(dimension));
    list.push(entry);
  }
  return list;
}

std::vector<std::uint64_t> shape_of(const List<double>& list) {
  std::vector<std::uint64_t> shape;
  list.for_each([&](double dimension) { shape.push_back(static_cast<std::uint64_t>(dimension)); });
  return shape;
}

std::vector<compression::TensorDescription> descriptions(FileKind kind, const List<TensorDescription>& list) {
  std::vector<compression::TensorDescription> tensors;
  list.for_each([&](const TensorDescription& tensor) {
    tensors.push_back({tensor.name, shape_of(tensor.shape), &element_type(kind, tensor.type)});
  });
  return tensors;
}

FilePlan plan_of(const compression::FilePlan& plan) {
  FilePlan result{Bytes(plan.header), {}, static_cast<double>(plan.byte_length)};
  for (const auto& tensor : plan.tensors) {
    result.tensors.push(
        {tensor.index, static_cast<double>(tensor.byte_length), static_cast<double>(tensor.padding)});
  }
  return result;
}

std::optional<List<ElementTypeInfo>> element_types(const std::string& kind) {
  return guarded([&] {
    List<ElementTypeInfo> list;
    for (const ElementType& type : compression::element_types(file_kind(kind))) {
      list.push({std::string(type.name), std::string(type.format), type.block, type.block_bytes,
                 compression::can_decode(type)});
    }
    return list;
  });
}

std::optional<SafetensorsHeader> read_safetensors_header(const Bytes& prefix, double file_size) {
  return guarded([&] {
    const auto bytes = prefix.elements();
    const auto read = compression::read_safetensors_header(bytes, static_cast<std::uint64_t>(file_size));
    SafetensorsHeader result;
    if (const auto* more = std::get_if<compression::MoreBytes>(&read)) {
      result.more = static_cast<double>(more->count);
      return result;
    }
    const auto& header = std::get<compression::SafetensorsHeader>(read);
    for (const auto& [key, text] : header.metadata) result.metadata.push({key, text});
    result.tensors = entries(header.tensors);
    return result;
  });
}

std::optional<GgufHeader> read_gguf_header(const Bytes& prefix, double file_size) {
  return guarded([&] {
    const auto copy = prefix.elements();
    const std::span<const std::uint8_t> bytes = copy;
    const auto read = compression::read_gguf_header(bytes, static_cast<std::uint64_t>(file_size));
    GgufHeader result;
    if (const auto* more = std::get_if<compression::MoreBytes>(&read)) {
      result.more = static_cast<double>(more->count);
      return result;
    }
    const auto& header = std::get<compression::GgufHeader>(read);
    result.version = header.version;
    for (const auto& value : header.metadata) {
      const auto begin = value.payload.empty() ? 0 : value.payload.data() - bytes.data();
      result.metadata.push({std::string(value.key), std::string(name(value.type)),
                            std::string(name(value.element)), static_cast<double>(value.count),
                            static_cast<double>(begin), static_cast<double>(value.payload.size())});
    }
    result.tensors = entries(header.tensors);
    return result;
  });
}

std::optional<List<ShardEntry>> read_shard_index(const Bytes& json) {
  return guarded([&] {
    List<ShardEntry> list;
    for (const auto& entry : compression::read_shard_index(json.elements())) {
      list.push({entry.tensor, entry.file});
    }
    return list;
  });
}

std::optional<FilePlan> plan_safetensors(const List<TensorDescription>& tensors,
                                         const List<TextEntry>& metadata) {
  return guarded([&] {
    compression::TextMetadata texts;
    metadata.for_each([&](const TextEntry& entry) { texts.emplace_back(entry.key, entry.text); });
    return plan_of(compression::plan_safetensors(descriptions(FileKind::safetensors, tensors), texts));
  });
}

std::optional<FilePlan> plan_gguf(const List<TensorDescription>& tensors, const List<GgufValue>& metadata) {
  return guarded([&] {
    std::vector<std::pair<GgufValue, Elements<std::uint8_t>>> held;
    metadata.for_each([&](const GgufValue& value) { held.emplace_back(value, value.payload.elements()); });
    std::vector<compression::GgufMetadata> values;
    for (const auto& [value, payload] : held) {
      values.push_back({value.key, gguf_type(value.type), gguf_type(value.element),
                        static_cast<std::uint64_t>(value.count), payload});
    }
    return plan_of(compression::plan_gguf(descriptions(FileKind::gguf, tensors), values));
  });
}

std::optional<Floats> decode_elements(const std::string& kind, const std::string& type, const Bytes& bytes) {
  return guarded([&] {
    const ElementType& found = element_type(file_kind(kind), type);
    return Floats(compression::decode_elements(found, bytes.elements()));
  });
}

std::optional<Bytes> encode_elements(const std::string& kind, const std::string& type, const Floats& values,
                                     std::size_t cols) {
  return guarded([&] {
    const ElementType& found = element_type(file_kind(kind), type);
    return Bytes(compression::encode_elements(found, values.elements(), cols));
  });
}

std::optional<Floats> interleave_rotary_rows(const Floats& values, std::size_t cols, std::size_t head_rows) {
  return guarded([&] {
    auto rows = values.elements();
    compression::interleave_rotary_rows({rows.data(), rows.size()}, cols, head_rows);
    return Floats(rows);
  });
}

std::optional<List<MixtureInfo>> mixtures() {
  return guarded([] {
    List<MixtureInfo> list;
    for (const auto& mixture : compression::mixtures()) {
      list.push({std::string(mixture.id), std::string(mixture.type), mixture.file_type});
    }
    return list;
  });
}

std::optional<std::string> mixture_type(const std::string& mixture, const compression::ModelShape& model,
                                        const std::string& tensor, const List<double>& shape) {
  return guarded([&] {
    const auto& found = compression::find_mixture(mixture);
    return std::string(compression::mixture_type(found, model, tensor, shape_of(shape)).name);
  });
}

/// The GGUF type of a tensor that is to get `type` where it can: F32 for those that stay float, the next that
/// fits the rows for others.
std::optional<std::string> suitable_type(const std::string& type, const std::string& tensor,
                                         const List<double>& shape) {
  return guarded([&] {
    const auto dimensions = shape_of(shape);
    const ElementType& wanted = element_type(FileKind::gguf, type);
    if (compression::stays_float(tensor, dimensions)) return std::string("F32");
    return std::string(compression::fitting_type(wanted, dimensions.back()).name);
  });
}

}  // namespace

EMSCRIPTEN_BINDINGS(files) {
  emscripten::register_type<List<double>>("number[]");
  emscripten::register_type<List<ElementTypeInfo>>("ElementTypeInfo[]");
  emscripten::register_type<List<TensorEntry>>("TensorEntry[]");
  emscripten::register_type<List<TensorDescription>>("TensorDescription[]");
  emscripten::register_type<List<TextEntry>>("TextEntry[]");
  emscripten::register_type<List<GgufEntry>>("GgufEntry[]");
  emscripten::register_type<List<GgufValue>>("GgufValue[]");
  emscripten::register_type<List<ShardEntry>>("ShardEntry[]");
  emscripten::register_type<List<PlannedTensor>>("PlannedTensor[]");
  emscripten::register_type<List<MixtureInfo>>("MixtureInfo[]");
  emscripten::value_object<ElementTypeInfo>("ElementTypeInfo")
      .field("name", &ElementTypeInfo::name)
      .field("format", &ElementTypeInfo::format)
      .field("block", &ElementTypeInfo::block)
      .field("blockBytes", &ElementTypeInfo::block_bytes)
      .field("readable", &ElementTypeInfo::readable);
  emscripten::value_object<TensorEntry>("TensorEntry")
      .field("name", &TensorEntry::name)
      .field("shape", &TensorEntry::shape)
      .field("type", &TensorEntry::type)
      .field("begin", &TensorEntry::begin)
      .field("byteLength", &TensorEntry::byte_length)
      .field("staysFloat", &TensorEntry::stays_float);
  emscripten::value_object<TensorDescription>("TensorDescription")
      .field("name", &TensorDescription::name)
      .field("shape", &TensorDescription::shape)
      .field("type", &TensorDescription::type);
  emscripten::value_object<TextEntry>("TextEntry")
      .field("key", &TextEntry::key)
      .field("text", &TextEntry::text);
  emscripten::value_object<GgufEntry>("GgufEntry")
      .field("key", &GgufEntry::key)
      .field("type", &GgufEntry::type)
      .field("element", &GgufEntry::element)
      .field("count", &GgufEntry::count)
      .field("begin", &GgufEntry::begin)
      .field("byteLength", &GgufEntry::byte_length);
  emscripten::value_object<GgufValue>("GgufValue")
      .field("key", &GgufValue::key)
      .field("type", &GgufValue::type)
      .field("element", &GgufValue::element)
      .field("count", &GgufValue::count)
      .field("payload", &GgufValue::payload);
  emscripten::value_object<SafetensorsHeader>("SafetensorsHeader")
      .field("more", &SafetensorsHeader::more)
      .field("metadata", &SafetensorsHeader::metadata)
      .field("tensors", &SafetensorsHeader::tensors);
  emscripten::value_object<GgufHeader>("GgufHeader")
      .field("more", &GgufHeader::more)
      .field("version", &GgufHeader::version)
      .field("metadata", &GgufHeader::metadata)
      .field("tensors", &GgufHeader::tensors);
  emscripten::value_object<ShardEntry>("ShardEntry")
      .field("tensor", &ShardEntry::tensor)
      .field("file", &ShardEntry::file);
  emscripten::value_object<PlannedTensor>("PlannedTensor")
      .field("index", &PlannedTensor::index)
      .field("byteLength", &PlannedTensor::byte_length)
      .field("padding", &PlannedTensor::padding);
  emscripten::value_object<FilePlan>("FilePlan")
      .field("header", &FilePlan::header)
      .field("tensors", &FilePlan::tensors)
      .field("byteLength", &FilePlan::byte_length);
  emscripten::value_object<MixtureInfo>("MixtureInfo")
      .field("id", &MixtureInfo::id)
      .field("type", &MixtureInfo::type)
      .field("fileType", &MixtureInfo::file_type);
  emscripten::value_object<compression::ModelShape>("ModelShape")
      .field("layers", &compression::ModelShape::layers)
      .field("queriesPerKey", &compression::ModelShape::queries_per_key)
      .field("experts", &compression::ModelShape::experts)
      .field("tiedOutput", &compression::ModelShape::tied_output);
  emscripten::register_optional<List<ElementTypeInfo>>();
  emscripten::register_optional<SafetensorsHeader>();
  emscripten::register_optional<GgufHeader>();
  emscripten::register_optional<List<ShardEntry>>();
  emscripten::register_optional<List<MixtureInfo>>();
  emscripten::register_optional<FilePlan>();
  emscripten::register_optional<Bytes>();
  emscripten::register_optional<std::string>();
  emscripten::function("elementTypes", &element_types);
  emscripten::function("readSafetensorsHeader", &read_safetensors_header);
  emscripten::function("readGgufHeader", &read_gguf_header);
  emscripten::function("readShardIndex", &read_shard_index);
  emscripten::function("planSafetensors", &plan_safetensors);
  emscripten::function("planGguf", &plan_gguf);
  emscripten::function("decodeElements", &decode_elements);
  emscripten::function("encodeElements", &encode_elements);
  emscripten::function("interleaveRotaryRows", &interleave_rotary_rows);
  emscripten::function("mixtures", &mixtures);
  emscripten::function("mixtureType", &mixture_type);
  emscripten::function("suitableType", &suitable_type);
}

}  // namespace bindings
