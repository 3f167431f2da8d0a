#include "engine/prune/sparse_packed.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/formats/bit_packing.h"
#include "engine/formats/format.h"
#include "engine/formats/layout.h"
#include "engine/formats/registry.h"
#include "engine/prune/semi_structured.h"

namespace compression {
namespace {

std::size_t stream_size(std::size_t codes, int bits) {
  return static_cast<std::size_t>(bit_stream_size(codes, bits));
}

/// Bytes that say where weights are kept.
std::size_t places_size(std::size_t count, const Sparsity& sparsity) {
  if (!sparsity.structured()) return stream_size(count, 1);
  return stream_size(count / sparsity.of * sparsity.kept, index_bits(sparsity));
}

std::vector<std::uint8_t> write_places(const Mask& mask, std::size_t inputs, const Sparsity& sparsity) {
  if (sparsity.structured()) return semi_structured_indices(mask, inputs, sparsity);
  std::vector<std::uint8_t> places(places_size(mask.size(), sparsity));
  pack_codes(mask, 1, places);
  return places;
}

Mask read_places(std::span<const std::uint8_t> places, std::size_t count, const Sparsity& sparsity) {
  if (sparsity.structured()) return semi_structured_mask(places, count, sparsity);
  Mask mask(count);
  unpack_codes(places, 1, mask);
  return mask;
}

[[noreturn]] void refuse_size(const SparsePacked& sparse) {
  throw EngineError(ErrorCode::corrupt_packed, std::to_string(sparse.bytes.size()) + " bytes are not " +
                                                   std::to_string(sparse.spec.rows) + " × " +
                                                   std::to_string(sparse.spec.cols) + " pruned weights of " +
                                                   sparse.spec.format);
}

/// Weights of which so many bytes can be all: of every 64 one is kept, in 2 bits and an index of 6. Where
/// none is kept there is no telling but by what memory holds: 2^28 float32 take 1 GiB.
std::uint64_t most_weights(const SparsePacked& sparse) {
  constexpr std::uint64_t most = std::uint64_t{1} << 28;
  const Sparsity& sparsity = sparse.sparsity;
  if (sparsity.structured() && sparsity.kept == 0) return most;
  return std::min(most, std::uint64_t{64} * sparse.bytes.size());
}

}  // namespace

void require_sparse_format(const std::string& format) {
  const FormatInfo& info = format_info(format);
  if (info.kind == FormatKind::integer && info.grouped) return;
  throw EngineError(ErrorCode::invalid_argument,
                    "format must be an integer format (int2 … int8, uint2 … uint8) where weights are pruned "
                    "too, not " +
                        format);
}

double SparsePacked::bits_per_weight() const noexcept {
  const std::size_t count = spec.rows * spec.cols;
  return count == 0 ? 0 : 8 * static_cast<double>(bytes.size()) / static_cast<double>(count);
}

SparsePacked pack_sparse(const Packed& weights, const Mask& mask, const Sparsity& sparsity) {
  require_sparse_format(weights.spec.format);
  const int bits = find_format(weights.spec.format).code_bits;
  if (mask.size() != weights.spec.rows * weights.spec.cols) {
    throw EngineError(ErrorCode::invalid_argument,
                      "mask must have one number a weight, not " + std::to_string(mask.size()));
  }
  const std::vector<std::uint8_t> places = write_places(mask, weights.spec.cols, sparsity);
  const std::span<const std::uint8_t> dense(weights.bytes);
  const std::size_t dense_codes = stream_size(mask.size(), bits);
  std::vector<std::uint8_t> codes(mask.size());
  unpack_codes(dense.first(dense_codes), bits, codes);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] != 0) codes[kept++] = codes[i];
  }
  const auto parameters = dense.subspan(dense_codes);
  const std::size_t codes_end = places.size() + stream_size(kept, bits);
  SparsePacked sparse{.bytes = std::vector<std::uint8_t>(codes_end + parameters.size()),
                      .spec = weights.spec,
                      .sparsity = sparsity};
  const std::span<std::uint8_t> bytes(sparse.bytes);
  std::ranges::copy(places, bytes.begin());
  pack_codes(std::span(codes).first(kept), bits, bytes.subspan(places.size()));
  std::ranges::copy(parameters, bytes.subspan(codes_end).begin());
  return sparse;
}

std::vector<float> unpack_sparse(const SparsePacked& sparse) {
  require_sparse_format(sparse.spec.format);
  const Format& format = find_format(sparse.spec.format);
  const int bits = format.code_bits;
  const std::size_t cols = sparse.spec.cols;
  require_sparsity(sparse.sparsity, cols);
  if (cols > 0 && sparse.spec.rows > most_weights(sparse) / cols) refuse_size(sparse);
  const std::size_t count = sparse.spec.rows * cols;
  std::vector<std::uint8_t> dense(
      static_cast<std::size_t>(format.packed_size(format, make_layout(sparse.spec, count))));
  const auto parameters = std::span(dense).subspan(stream_size(count, bits));
  const std::span<const std::uint8_t> bytes(sparse.bytes);
  const std::size_t places = places_size(count, sparse.sparsity);
  if (bytes.size() < places + parameters.size()) refuse_size(sparse);
  const Mask mask = read_places(bytes.first(places), count, sparse.sparsity);
  std::vector<std::uint8_t> kept(static_cast<std::size_t>(std::ranges::count(mask, std::uint8_t{1})));
  const std::size_t codes_end = places + stream_size(kept.size(), bits);
  if (bytes.size() != codes_end + parameters.size()) refuse_size(sparse);
  unpack_codes(bytes.subspan(places), bits, kept);
  std::vector<std::uint8_t> codes(count);
  std::size_t next = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (mask[i] != 0) codes[i] = kept[next++];
  }
  pack_codes(codes, bits, dense);
  std::ranges::copy(bytes.subspan(codes_end), parameters.begin());
  std::vector<float> weights = unpack(dense, sparse.spec);
  for (std::size_t i = 0; i < count; ++i) {
    if (mask[i] == 0) weights[i] = 0;
  }
  return weights;
}

}  // namespace compression
