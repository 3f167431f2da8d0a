#include "engine/prune/sparse_packed.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/formats/bit_packing.h"
#include "engine/formats/format.h"
#include "engine/formats/layout.h"
#include "engine/formats/registry.h"
#include "engine/prune/semi_structured.h"
#include "engine/tensor/matrix.h"

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

Mask read_mask(std::span<const std::uint8_t> places, std::size_t count, const Sparsity& sparsity) {
  if (sparsity.structured()) return semi_structured_mask(places, count, sparsity);
  Mask mask(count);
  unpack_codes(places, 1, mask);
  return mask;
}

void append(std::vector<std::uint8_t>& bytes, std::span<const std::uint8_t> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

void append_codes(std::vector<std::uint8_t>& bytes, std::span<const std::uint8_t> codes, int bits) {
  std::vector<std::uint8_t> stream(stream_size(codes.size(), bits));
  pack_codes(codes, bits, stream);
  append(bytes, stream);
}

[[noreturn]] void refuse_size(const SparsePacked& sparse) {
  throw EngineError(ErrorCode::corrupt_packed, std::to_string(sparse.bytes.size()) + " bytes are not " +
                                                   std::to_string(sparse.spec.rows) + " × " +
                                                   std::to_string(sparse.spec.cols) + " pruned weights of " +
                                                   sparse.spec.format);
}

/// Weights of which so many bytes can be all: of every 64 one is kept, in 2 bits and an index of 6. Where
/// none is kept there is no telling.
std::uint64_t most_weights(const SparsePacked& sparse) {
  const Sparsity& sparsity = sparse.sparsity;
  if (sparsity.structured() && sparsity.kept == 0) return std::numeric_limits<std::size_t>::max();
  return std::uint64_t{64} * sparse.bytes.size();
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
  const std::size_t count = weights.spec.rows * weights.spec.cols;
  if (mask.size() != count) {
    throw EngineError(ErrorCode::invalid_argument, "mask must have one number a weight, " +
                                                       std::to_string(count) + ", not " +
                                                       std::to_string(mask.size()));
  }
  SparsePacked sparse{.bytes = {}, .spec = weights.spec, .sparsity = sparsity};
  if (sparsity.structured()) {
    sparse.bytes = semi_structured_indices(mask, weights.spec.cols, sparsity);
  } else {
    append_codes(sparse.bytes, mask, 1);
  }
  const std::span<const std::uint8_t> dense(weights.bytes);
  std::vector<std::uint8_t> codes(count);
  unpack_codes(dense.first(stream_size(count, bits)), bits, codes);
  std::vector<std::uint8_t> kept;
  for (std::size_t i = 0; i < count; ++i) {
    if (mask[i] != 0) kept.push_back(codes[i]);
  }
  append_codes(sparse.bytes, kept, bits);
  append(sparse.bytes, dense.subspan(stream_size(count, bits)));
  return sparse;
}

std::vector<float> unpack_sparse(const SparsePacked& sparse) {
  require_sparse_format(sparse.spec.format);
  const Format& format = find_format(sparse.spec.format);
  require_sparsity(sparse.sparsity, sparse.spec.cols);
  if (sparse.spec.cols > 0 && sparse.spec.rows > most_weights(sparse) / sparse.spec.cols) refuse_size(sparse);
  const std::size_t count = sparse.spec.rows * sparse.spec.cols;
  const Layout layout = make_layout(sparse.spec, count);
  const std::size_t places = places_size(count, sparse.sparsity);
  const std::size_t parameters =
      static_cast<std::size_t>(format.packed_size(format, layout)) - stream_size(count, format.code_bits);
  const std::span<const std::uint8_t> bytes(sparse.bytes);
  if (bytes.size() < places + parameters) refuse_size(sparse);
  const Mask mask = read_mask(bytes.first(places), count, sparse.sparsity);
  std::vector<std::uint8_t> kept(static_cast<std::size_t>(std::ranges::count(mask, std::uint8_t{1})));
  const std::size_t kept_size = stream_size(kept.size(), format.code_bits);
  if (bytes.size() != places + kept_size + parameters) refuse_size(sparse);
  unpack_codes(bytes.subspan(places, kept_size), format.code_bits, kept);
  std::vector<std::uint8_t> codes(count);
  std::size_t next = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (mask[i] != 0) codes[i] = kept[next++];
  }
  std::vector<std::uint8_t> dense;
  append_codes(dense, codes, format.code_bits);
  append(dense, bytes.subspan(places + kept_size));
  const std::vector<float> weights = unpack(dense, sparse.spec);
  return std::move(masked({weights.data(), sparse.spec.rows, sparse.spec.cols, sparse.spec.cols, 1}, mask))
      .release();
}

}  // namespace compression
