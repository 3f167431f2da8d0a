/// The numbers that a kernel works on at once: four lanes of 32 bits, or one in the scalar build.
///
/// A batch has `size`, `load_unaligned`, `store_unaligned`, arithmetic, `abs`, `sqrt`, `min`, `max`, `select`
/// and `reduce_max`, as in xsimd; `any` tells whether a comparison holds in any lane. Lanes never mix except
/// in `reduce_max`, so that the width of a batch cannot be seen in any result.
#pragma once

#include <cstdint>

#include "engine/tensor/scalar_batch.h"

#ifdef COMPRESSION_SCALAR

namespace compression {

using Floats = ScalarBatch<float>;
using Words = ScalarBatch<std::int32_t>;

}  // namespace compression

#else

#include <xsimd/xsimd.hpp>

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

namespace compression {

using Floats = xsimd::make_sized_batch_t<float, 4>;
using Words = xsimd::make_sized_batch_t<std::int32_t, 4>;

inline Floats as_floats(Words bits) noexcept {
  return xsimd::bitwise_cast<float>(bits);
}
inline Words as_words(Floats floats) noexcept {
  return xsimd::bitwise_cast<std::int32_t>(floats);
}
inline Floats to_floats(Words words) noexcept {
  return xsimd::to_float(words);
}
inline Words minus_one_where(Floats::batch_bool_type condition) noexcept {
  return as_words(Floats(static_cast<Floats::register_type>(condition.data)));
}

/// The same for words 0…2^23 − 1. Compilers see that such words are not negative and convert them as unsigned
/// numbers, for which many processors have no instruction: as the mantissa of a number from 2^23 on they need
/// none.
inline Floats codes_to_floats(Words codes) noexcept {
  return as_floats(codes | Words(0x4b000000)) - Floats(0x1p23f);
}

/// Nearest integer, ties to even, for magnitudes below 2^22. Whether a zero keeps its sign depends on the
/// build.
inline Floats round_half_to_even(Floats x) noexcept {
#ifdef __wasm_simd128__
  return wasm_f32x4_nearest(x);
#else
  return (x + Floats(rounder)) - Floats(rounder);
#endif
}

}  // namespace compression

#endif
