#include "engine/formats/registry.h"

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "engine/error.h"
#include "engine/formats/format.h"
#include "engine/formats/format_info.h"

namespace compression {
namespace {

constexpr std::array table = {
    // floats
    &bf16, &fp16, &fp8_e4m3, &fp8_e5m2, &fp6_e2m3, &fp6_e3m2, &fp4_e2m1, &e8m0,
    // symmetric integers
    &int8, &int7, &int6, &int5, &int4, &int3, &int2,
    // asymmetric integers
    &uint8, &uint7, &uint6, &uint5, &uint4, &uint3, &uint2,
    // codebooks
    &nf4, &nf4_dq, &fp4,
    // microscaling
    &mxfp8_e4m3, &mxint8, &mxfp6_e2m3, &mxfp6_e3m2, &mxfp4, &nvfp4,
    // ggml's blocks
    &q8_0, &q6_k, &q5_k, &q5_1, &q5_0, &q4_k, &q4_1, &q4_0, &iq4_nl, &iq4_xs, &mxfp4_ggml, &q3_k, &q2_k,
    &tq2_0, &tq1_0,
    // vectors
    &e8p, &aqlm};

}  // namespace

std::span<const Format* const> formats() noexcept {
  return table;
}

const Format& find_format(std::string_view id) {
  std::string known;
  for (const Format* const format : table) {
    if (format->info.id == id) return *format;
    known.append(known.empty() ? "" : ", ").append(format->info.id);
  }
  throw EngineError(ErrorCode::unknown_format, "no format \"" + std::string(id) + "\"; there are " + known);
}

const FormatInfo& format_info(std::string_view id) {
  return find_format(id).info;
}

}  // namespace compression
