#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "engine/error.h"
#include "engine/files/json_reader.h"
#include "engine/files/safetensors.h"

namespace compression {
namespace {

constexpr std::uint64_t length_size = sizeof(std::uint64_t);

[[noreturn]] void refuse(const std::string& rule) {
  throw EngineError(ErrorCode::corrupt_file, rule);
}

[[noreturn]] void refuse(std::string_view tensor, const std::string& rule) {
  refuse("tensor " + quoted(tensor) + ": " + rule);
}

/// Sets a field that may be given once.
template <class T>
void set_once(std::optional<T>& field, T value, std::string_view owner, std::string_view key) {
  if (field) refuse(owner, std::string(key) + " is given twice");
  field = std::move(value);
}

using Offsets = std::array<std::uint64_t, 2>;

/// What the header says about a tensor, before any of it is believed.
struct Claim {
  std::optional<std::string> dtype;
  std::optional<std::vector<std::uint64_t>> shape;
  std::optional<Offsets> offsets;  // [begin, end) in the data
};

Offsets read_offsets(JsonReader& json, std::string_view tensor) {
  Offsets offsets{};
  std::size_t count = 0;
  json.array([&] {
    const std::uint64_t offset = json.unsigned_integer();
    if (count < offsets.size()) offsets[count] = offset;
    ++count;
  });
  if (count != offsets.size()) refuse(tensor, "data_offsets must be two numbers");
  return offsets;
}

Claim read_claim(JsonReader& json, std::string_view tensor) {
  Claim claim;
  json.object([&](const std::string& key) {
    if (key == "dtype") {
      set_once(claim.dtype, json.string(), tensor, key);
    } else if (key == "shape") {
      std::vector<std::uint64_t> shape;
      json.array([&] { shape.push_back(json.unsigned_integer()); });
      set_once(claim.shape, std::move(shape), tensor, key);
    } else if (key == "data_offsets") {
      set_once(claim.offsets, read_offsets(json, tensor), tensor, key);
    } else {
      json.skip();
    }
  });
  return claim;
}

/// The tensor that a claim describes, held to its type and shape; `begin` within the data.
TensorEntry entry_of(std::string name, Claim claim) {
  if (!claim.dtype) refuse(name, "dtype is missing");
  if (!claim.shape) refuse(name, "shape is missing");
  if (!claim.offsets) refuse(name, "data_offsets is missing");
  const ElementType* const type = find_element_type(FileKind::safetensors, *claim.dtype);
  if (type == nullptr) {
    throw EngineError(ErrorCode::unsupported, "tensor " + quoted(name) + " is of the type " +
                                                  quoted(*claim.dtype) +
                                                  ", which is none of safetensors that is known here");
  }
  const auto [begin, end] = *claim.offsets;
  if (begin > end) refuse(name, "data_offsets end before they begin");
  const std::uint64_t size = data_size(FileKind::safetensors, name, *claim.shape, *type);
  if (end - begin != size) {
    refuse(name, "data_offsets span " + std::to_string(end - begin) + " bytes, its shape and type need " +
                     std::to_string(size));
  }
  return {.name = std::move(name),
          .shape = *std::move(claim.shape),
          .type = type,
          .begin = begin,
          .byte_length = size};
}

TextMetadata read_metadata(JsonReader& json) {
  TextMetadata metadata;
  json.object([&](std::string key) { metadata.emplace_back(std::move(key), json.string()); });
  std::vector<std::string_view> keys;
  for (const auto& [key, text] : metadata) keys.emplace_back(key);
  require_distinct(std::move(keys), "key of __metadata__");
  return metadata;
}

SafetensorsHeader read_json(std::span<const std::uint8_t> text) {
  if (text.empty() || text[0] != '{') refuse("the header must start with {");
  SafetensorsHeader header;
  std::vector<std::string_view> names;
  bool has_metadata = false;
  JsonReader json(text, "the header");
  json.object([&](std::string key) {
    if (key == "__metadata__") {
      if (std::exchange(has_metadata, true)) refuse("key \"__metadata__\" occurs twice");
      header.metadata = read_metadata(json);
      return;
    }
    Claim claim = read_claim(json, key);
    header.tensors.push_back(entry_of(std::move(key), std::move(claim)));
  });
  json.end();
  for (const TensorEntry& tensor : header.tensors) names.emplace_back(tensor.name);
  require_distinct(std::move(names), "tensor");
  return header;
}

/// Throws unless the tensors, sorted by their place, fill `data_size` bytes; turns places in the data into
/// places in the file.
void place(std::vector<TensorEntry>& tensors, std::uint64_t data_begin, std::uint64_t data_size) {
  std::sort(tensors.begin(), tensors.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::tie(a.begin, a.byte_length, a.name) < std::tie(b.begin, b.byte_length, b.name);
  });
  std::uint64_t end = 0;
  for (TensorEntry& tensor : tensors) {
    if (tensor.begin != end) {
      refuse(tensor.name,
             "its data begin at " + std::to_string(tensor.begin) +
                 (tensor.begin < end ? ", within the tensor before, which ends at "
                                     : ", leaving a gap after the tensor before, which ends at ") +
                 std::to_string(end));
    }
    end += tensor.byte_length;
    tensor.begin += data_begin;
  }
  if (end != data_size) {
    refuse("the tensors take " + std::to_string(end) + " bytes of data, the file has " +
           std::to_string(data_size));
  }
}

}  // namespace

std::variant<MoreBytes, SafetensorsHeader> read_safetensors_header(std::span<const std::uint8_t> prefix,
                                                                   std::uint64_t file_size) {
  if (file_size < length_size)
    refuse("the file is too short for the length of a header: " + std::to_string(file_size) + " bytes");
  if (prefix.size() < length_size) return MoreBytes{length_size};
  std::uint64_t length = 0;
  std::memcpy(&length, prefix.data(), length_size);
  if (length > longest_safetensors_header) {
    refuse("the header must have at most " + std::to_string(longest_safetensors_header) + " bytes, not " +
           std::to_string(length));
  }
  if (length > file_size - length_size) {
    refuse("the header of " + std::to_string(length) + " bytes is longer than the file of " +
           std::to_string(file_size));
  }
  const std::uint64_t data_begin = length_size + length;
  if (prefix.size() < data_begin) return MoreBytes{data_begin};
  SafetensorsHeader header = read_json(prefix.subspan(length_size, static_cast<std::size_t>(length)));
  place(header.tensors, data_begin, file_size - data_begin);
  return header;
}

}  // namespace compression
