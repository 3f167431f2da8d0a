/// Types of GGUF tensors that the engine reads but does not write: no format of the registry packs them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace compression::ggml {

/// A type as GGUF names and numbers it.
struct ReadOnlyType {
  std::string_view name;  // "nvfp4"
  std::uint32_t number;   // in a GGUF file
  std::size_t weights;    // of a block
  std::size_t bytes;      // of a block

  /// One block: bytes [bytes] → weights [weights].
  void (*decode)(const std::uint8_t* bytes, float* weights);
};

/// NVFP4, Q1_0 and Q2_0.
std::span<const ReadOnlyType> read_only_types() noexcept;

/// bytes [blocks × type.bytes] → weights [blocks × type.weights]; any bytes will do, and scales that are
/// infinite or NaN give such weights. Throws EngineError(corrupt_packed) where the lengths do not fit.
void dequantize(const ReadOnlyType& type, std::span<const std::uint8_t> bytes, std::span<float> weights);

}  // namespace compression::ggml
