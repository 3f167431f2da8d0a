/// The bytes of a tensor as float32 and back, in pieces of any number of whole blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/files/element_type.h"

namespace compression {

/// Whether elements of that type can be read as numbers: plain types always, others where a format of the
/// registry has them.
bool can_decode(const ElementType& type) noexcept;

/// bytes, whole blocks → one float32 an element, rounded to nearest where the type is wider. NaN and infinity
/// are what they are; a BOOL is 0 or 1. Errors: corrupt_file where the blocks are not whole, unsupported
/// naming the type where no format has it.
std::vector<float> decode_elements(const ElementType& type, std::span<const std::uint8_t> bytes);

/// values [rows × cols], row-major → bytes: F32 as they are, all else as the format of the registry packs
/// them. Errors: invalid_argument where rows are no whole blocks, unsupported for types that are not written,
/// and those of `pack`.
std::vector<std::uint8_t> encode_elements(const ElementType& type, std::span<const float> values,
                                          std::size_t cols);

/// Rows of the query and key projections of a llama model, from the order of its published weights, where the
/// two numbers of a rotated pair lie half a head apart, to GGUF's, where they are neighbours: of each head of
/// `head_rows` rows, row j × head_rows / 2 + i goes to 2i + j. values [rows × cols] must be whole heads.
/// Source: llama.cpp, conversion of `LlamaForCausalLM`.
void interleave_rotary_rows(std::span<float> values, std::size_t cols, std::size_t head_rows);

}  // namespace compression
