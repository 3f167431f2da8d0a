// The safetensors reader on any bytes: it accepts or refuses, and what it accepts can be written and read
// again.
#include <cstddef>
#include <cstdint>
#include <variant>

#include "engine/error.h"
#include "engine/files/safetensors.h"
#include "tests/fuzz/fuzz.h"

using namespace compression;  // NOLINT: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Bytes file(data, size);
  const auto header = fuzz::read_growing<SafetensorsHeader>(file, read_safetensors_header);
  if (header) {
    fuzz::require_within(header->tensors, file);
    const FilePlan plan = plan_safetensors(fuzz::descriptions(header->tensors), header->metadata);
    const auto again = read_safetensors_header(plan.header, plan.byte_length);
    const auto& written = std::get<SafetensorsHeader>(again);
    fuzz::require(written.metadata == header->metadata);
    fuzz::require(written.tensors.size() == header->tensors.size());
  }
  try {
    read_shard_index(file);
  } catch (const EngineError&) {
    return 0;
  }
  return 0;
}
