#include "engine/prune/semi_structured.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/bit_packing.h"

namespace compression {

int index_bits(const Sparsity& sparsity) {
  return static_cast<int>(std::bit_width(sparsity.of - 1));
}

double semi_structured_bits(const Sparsity& sparsity, double value_bits) {
  return static_cast<double>(sparsity.kept) * (value_bits + index_bits(sparsity)) /
         static_cast<double>(sparsity.of);
}

double pruned_bits(const Sparsity& sparsity, const Mask& mask) {
  constexpr double fp16_bits = 16;
  return sparsity.structured() ? semi_structured_bits(sparsity, fp16_bits)
                               : 1 + (1 - pruned_share(mask)) * fp16_bits;
}

std::vector<std::uint8_t> semi_structured_indices(const Mask& mask, std::size_t inputs,
                                                  const Sparsity& sparsity) {
  require_sparsity(sparsity, inputs);
  std::vector<std::uint8_t> places;
  for (std::size_t first = 0; first < mask.size(); first += sparsity.of) {
    const std::size_t before = places.size();
    for (std::size_t k = 0; k < sparsity.of; ++k) {
      if (mask[first + k] != 0) places.push_back(static_cast<std::uint8_t>(k));
    }
    if (places.size() - before != sparsity.kept) {
      throw EngineError(ErrorCode::invalid_argument, "mask must keep " + std::to_string(sparsity.kept) +
                                                         " of every " + std::to_string(sparsity.of) +
                                                         ", not " + std::to_string(places.size() - before) +
                                                         " at row " + std::to_string(first / inputs) +
                                                         ", column " + std::to_string(first % inputs));
    }
  }
  const int bits = index_bits(sparsity);
  std::vector<std::uint8_t> indices(static_cast<std::size_t>(bit_stream_size(places.size(), bits)));
  pack_codes(places, bits, indices);
  return indices;
}

Mask semi_structured_mask(std::span<const std::uint8_t> indices, std::size_t count,
                          const Sparsity& sparsity) {
  std::vector<std::uint8_t> places(count / sparsity.of * sparsity.kept);
  unpack_codes(indices, index_bits(sparsity), places);
  Mask mask(count);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t first = i / sparsity.kept * sparsity.of;
    if (places[i] >= sparsity.of || mask[first + places[i]] != 0) {
      throw EngineError(ErrorCode::corrupt_packed,
                        "index " + std::to_string(i) + " names no place, or one twice");
    }
    mask[first + places[i]] = 1;
  }
  return mask;
}

}  // namespace compression
