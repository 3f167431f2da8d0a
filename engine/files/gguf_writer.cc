#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/files/checked.h"
#include "engine/files/gguf.h"

namespace compression {
namespace {

constexpr std::uint32_t written_version = 3;

template <class Number>
void append(std::vector<std::uint8_t>& bytes, Number value) {
  const auto* const first = reinterpret_cast<const std::uint8_t*>(&value);
  bytes.insert(bytes.end(), first, first + sizeof value);
}

void append_value(std::vector<std::uint8_t>& bytes, const GgufMetadata& value) {
  append_gguf_string(bytes, value.key);
  append(bytes, static_cast<std::uint32_t>(value.type));
  if (value.type == GgufType::array) {
    append(bytes, static_cast<std::uint32_t>(value.element));
    append(bytes, value.count);
  }
  bytes.insert(bytes.end(), value.payload.begin(), value.payload.end());
}

void append_tensor(std::vector<std::uint8_t>& bytes, const TensorDescription& tensor, std::uint64_t offset) {
  append_gguf_string(bytes, tensor.name);
  append(bytes, static_cast<std::uint32_t>(tensor.shape.size()));
  for (auto dimension = tensor.shape.rbegin(); dimension != tensor.shape.rend(); ++dimension) {
    append(bytes, *dimension);
  }
  append(bytes, tensor.type->id);
  append(bytes, offset);
}

/// What the metadata say; the default where they say what the reader will refuse.
std::uint64_t alignment_of(std::span<const GgufMetadata> metadata) {
  for (const GgufMetadata& value : metadata) {
    std::uint32_t alignment = 0;
    if (value.key != "general.alignment" || value.payload.size() != sizeof alignment) continue;
    std::memcpy(&alignment, value.payload.data(), sizeof alignment);
    if (std::has_single_bit(alignment)) return alignment;
  }
  return GgufHeader{}.alignment;
}

/// The file's header and the places of its data.
FilePlan lay_out(std::span<const TensorDescription> tensors, std::span<const GgufMetadata> metadata) {
  FilePlan plan;
  constexpr std::string_view magic = "GGUF";
  plan.header.assign(magic.begin(), magic.end());
  append(plan.header, written_version);
  append(plan.header, std::uint64_t{tensors.size()});
  append(plan.header, std::uint64_t{metadata.size()});
  for (const GgufMetadata& value : metadata) append_value(plan.header, value);

  const std::uint64_t alignment = alignment_of(metadata);
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::uint64_t size = data_size(FileKind::gguf, tensors[i].name, tensors[i].shape, *tensors[i].type);
    const auto padded = checked_align(size, alignment);
    const auto next = padded ? checked_add(end, *padded) : padded;
    if (!next) throw EngineError(ErrorCode::invalid_argument, "the tensors take 2^64 bytes or more");
    append_tensor(plan.header, tensors[i], end);
    plan.tensors.push_back({.index = i, .byte_length = size, .padding = *padded - size});
    end = *next;
  }
  const auto data_begin = checked_align(plan.header.size(), alignment);
  if (!data_begin || *data_begin > longest_gguf_header) {
    throw EngineError(ErrorCode::invalid_argument, "the header must have at most " +
                                                       std::to_string(longest_gguf_header) +
                                                       " bytes, the padding up to its alignment included");
  }
  plan.header.resize(static_cast<std::size_t>(*data_begin));
  plan.byte_length = *data_begin + end;
  return plan;
}

}  // namespace

FilePlan plan_gguf(std::span<const TensorDescription> tensors, std::span<const GgufMetadata> metadata) {
  return planned([&] {
    FilePlan plan = lay_out(tensors, metadata);
    read_gguf_header(plan.header, plan.byte_length);
    return plan;
  });
}

}  // namespace compression
