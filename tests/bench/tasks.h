/// What the benchmarks time, the same natively and in WebAssembly.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/formats/packed.h"
#include "engine/tensor/batch.h"
#include "engine/tensor/simd_loop.h"
#include "engine/tensor/statistics.h"

namespace bench {

/// One tensor and the tasks on it. Every task returns a number that depends on its result, so that no
/// compiler can leave the work out.
struct Tasks {
  std::vector<float> weights;
  std::vector<float> dequantized = std::vector<float>(weights.size());
  compression::PackOptions int4{.format = "int4", .group = {64}, .scales = compression::ScaleType::fp32};

  compression::Packed packed = compression::pack(weights, int4);

  [[nodiscard]] float absmax() const { return compression::absmax(weights); }

  float round_trip() {
    compression::fake_quantize(weights, int4, dequantized);
    return dequantized.back();
  }

  float pack() {
    packed = compression::pack(weights, int4);
    return static_cast<float>(packed.bytes.back());
  }

  [[nodiscard]] float unpack() const { return compression::unpack(packed.bytes, packed.spec).back(); }

  /// Memory-bandwidth probe: every word of the tensor once, with next to no arithmetic.
  [[nodiscard]] std::int32_t read_probe() const {
    using compression::Floats;
    std::array<compression::Words, 4> bits;
    bits.fill(compression::Words(0));
    compression::simd_for_each<4 * Floats::size>(std::span<const float>(weights), [&](const float* source) {
      for (std::size_t i = 0; i < 4; ++i) {
        bits[i] = bits[i] ^ compression::as_words(Floats::load_unaligned(source + i * Floats::size));
      }
    });
    return reduce_max((bits[0] ^ bits[1]) ^ (bits[2] ^ bits[3]));
  }

  /// Memory-bandwidth probe: the tensor read and written once.
  float copy_probe() {
    std::memcpy(dequantized.data(), weights.data(), weights.size() * sizeof(float));
    return dequantized.back();
  }
};

/// The float32 values in a file. Throws std::runtime_error if it cannot be read.
inline std::vector<float> read_floats(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw std::runtime_error("cannot read " + path);
  const std::streamoff bytes = file.tellg();
  std::vector<float> values(static_cast<std::size_t>(bytes) / sizeof(float));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(bytes));
  return values;
}

/// Throws std::runtime_error if the file cannot be written.
inline void write_floats(const std::string& path, const std::vector<float>& values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(float)));
  if (!file) throw std::runtime_error("cannot write " + path);
}

}  // namespace bench
