#include "engine/prune/semi_structured.h"

#include <bit>
#include <cstddef>
#include <cstdint>
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

SemiStructured compress_semi_structured(ConstMatrixView weights, const Mask& mask, const Sparsity& sparsity) {
  require_sparsity(sparsity, weights.cols);
  SemiStructured result{.values = Matrix(weights.rows, weights.cols / sparsity.of * sparsity.kept),
                        .indices = {},
                        .sparsity = sparsity};
  std::vector<std::uint8_t> places;
  const auto values = result.values.values();
  for (std::size_t i = 0; i < weights.rows; ++i) {
    for (std::size_t first = 0; first < weights.cols; first += sparsity.of) {
      const std::size_t before = places.size();
      for (std::size_t k = 0; k < sparsity.of; ++k) {
        if (mask[i * weights.cols + first + k] == 0) continue;
        if (places.size() < values.size()) values[places.size()] = weights(i, first + k);
        places.push_back(static_cast<std::uint8_t>(k));
      }
      if (places.size() - before != sparsity.kept) {
        throw EngineError(ErrorCode::invalid_argument, "mask must keep " + std::to_string(sparsity.kept) +
                                                           " of every " + std::to_string(sparsity.of) +
                                                           ", not " + std::to_string(places.size() - before) +
                                                           " at row " + std::to_string(i) + ", column " +
                                                           std::to_string(first));
      }
    }
  }
  const int bits = index_bits(sparsity);
  result.indices.resize(static_cast<std::size_t>(bit_stream_size(places.size(), bits)));
  pack_codes(places, bits, result.indices);
  return result;
}

Matrix decompress(const SemiStructured& sparse) {
  const Sparsity& sparsity = sparse.sparsity;
  const auto values = sparse.values.values();
  std::vector<std::uint8_t> places(values.size());
  unpack_codes(sparse.indices, index_bits(sparsity), places);
  Matrix weights(sparse.values.rows(), sparse.values.cols() / sparsity.kept * sparsity.of);
  for (std::size_t i = 0; i < places.size(); ++i) {
    weights.values()[i / sparsity.kept * sparsity.of + places[i]] = values[i];
  }
  return weights;
}

}  // namespace compression
