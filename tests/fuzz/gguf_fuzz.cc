// The GGUF reader on any bytes: it accepts or refuses, and what it accepts can be written and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "engine/error.h"
#include "engine/files/gguf.h"
#include "tests/fuzz/fuzz.h"

using namespace compression;  // NOLINT: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Bytes file(data, size);
  const auto header = fuzz::read_growing<GgufHeader>(file, read_gguf_header);
  if (!header) return 0;
  fuzz::require_within(header->tensors, file);
  for (const GgufMetadata& value : header->metadata) {
    if (value.element != GgufType::string) continue;
    GgufStrings texts(value);
    for (std::uint64_t i = 0; i < value.count; ++i) texts.next();
  }
  // A header whose alignment is larger than all that is read cannot be padded.
  if (header->alignment > longest_gguf_header / 2) return 0;
  const FilePlan plan = plan_gguf(fuzz::descriptions(header->tensors), header->metadata);
  const auto again = read_gguf_header(plan.header, plan.byte_length);
  const auto& written = std::get<GgufHeader>(again);
  fuzz::require(written.tensors.size() == header->tensors.size());
  fuzz::require(std::equal(written.metadata.begin(), written.metadata.end(), header->metadata.begin(),
                           header->metadata.end(), [](const GgufMetadata& a, const GgufMetadata& b) {
                             return a.key == b.key && std::ranges::equal(a.payload, b.payload);
                           }));
  return 0;
}
