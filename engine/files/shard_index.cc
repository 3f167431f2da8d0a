#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/files/json_reader.h"
#include "engine/files/safetensors.h"

namespace compression {

std::vector<ShardEntry> read_shard_index(std::span<const std::uint8_t> json) {
  std::vector<ShardEntry> entries;
  bool has_map = false;
  JsonReader reader(json, "the index of shards");
  reader.object([&](const std::string& key) {
    if (key != "weight_map") return reader.skip();
    if (std::exchange(has_map, true)) reader.refuse("one weight_map");
    reader.object([&](std::string tensor) {
      std::string file = reader.string();
      entries.push_back({std::move(tensor), std::move(file)});
    });
  });
  reader.end();
  if (!has_map) throw EngineError(ErrorCode::corrupt_file, "the index of shards has no weight_map");
  std::vector<std::string_view> names;
  for (const ShardEntry& entry : entries) names.emplace_back(entry.tensor);
  require_distinct(std::move(names), "tensor");
  return entries;
}

}  // namespace compression
