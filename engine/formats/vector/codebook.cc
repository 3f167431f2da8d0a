#include "engine/formats/vector/codebook.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "engine/error.h"
#include "engine/formats/vector/aqlm.h"
#include "engine/formats/vector/e8p_codebook.h"
#include "engine/tensor/magnitude.h"

namespace compression {
namespace {

constexpr std::size_t level_count = 4;

std::size_t parameter_count(const std::string& id) {
  if (id == "scalar") return level_count;
  if (id == "e8p") return 0;
  if (id == "aqlm") return aqlm_codebooks * aqlm_entries * aqlm_length;
  throw EngineError(ErrorCode::invalid_argument,
                    "codebook must be one of scalar, e8p, aqlm, not \"" + id + "\"");
}

}  // namespace

void require_codebook(const Codebook& codebook) {
  if (codebook.parameters.size() != parameter_count(codebook.id) ||
      (codebook.id == "scalar" && !std::ranges::is_sorted(codebook.parameters))) {
    throw EngineError(
        ErrorCode::invalid_argument,
        "parameters must be the 4 levels of scalar, ascending, the 4096 numbers of aqlm, or for "
        "e8p none");
  }
  require_finite(codebook.parameters, "parameters");
}

void decode(const Codebook& codebook, std::span<const std::uint16_t> codes, std::span<float> points) {
  if (codebook.id == "e8p") return decode_e8p(codes, points);
  const bool is_scalar = codebook.id == "scalar";
  const float* const first = codebook.parameters.data();
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::size_t code = codes[i / codebook_length];
    const std::size_t j = i % codebook_length;
    points[i] = is_scalar ? first[code >> 2 * (codebook_length - 1 - j) & 3]
                          : first[(code >> 8) * aqlm_length + j] +
                                first[(aqlm_entries + (code & 0xff)) * aqlm_length + j];
  }
}

}  // namespace compression
