/// A table of sixteen bytes, looked up sixteen codes at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/tensor/bytes.h"

namespace compression {

/// Sixteen values −128…127, one for each code 0…15.
using Table16 = std::array<std::int8_t, 16>;

/// table[code] for each of sixteen codes 0…15.
inline Bytes lookup16(const Table16& table, Bytes codes) noexcept {
#if !defined(COMPRESSION_SCALAR) && defined(__wasm_simd128__)
  return wasm_i8x16_swizzle(wasm_v128_load(table.data()), codes);
#else
  // SSE2 cannot shuffle by a register: one by one, as in the scalar build.
  std::array<std::uint8_t, 16> all;
  std::memcpy(all.data(), &codes, all.size());
  for (std::uint8_t& code : all) code = static_cast<std::uint8_t>(table[code]);
  return load_sixteen(all.data());
#endif
}

}  // namespace compression
