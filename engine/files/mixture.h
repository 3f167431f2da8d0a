/// Which type each tensor of a language model gets when the whole model is quantized.
///
/// Source: llama.cpp, `llama-quantize` (its rules change between releases; these are advice, not a standard).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/files/element_type.h"

namespace compression {

/// A recipe for a whole model.
struct Mixture {
  std::string_view id;      // "q4_k_m"
  std::string_view type;    // what most tensors get: "Q4_K"
  std::uint32_t file_type;  // llama.cpp's number for `general.file_type`
};

/// Every mixture, widest first.
std::span<const Mixture> mixtures() noexcept;

/// The mixture of that id. Throws EngineError(unknown_format) naming those there are.
const Mixture& find_mixture(std::string_view id);

/// What the choice looks at beside a tensor's name.
struct ModelShape {
  std::uint32_t layers = 0;
  std::uint32_t queries_per_key = 1;  // query heads that share one key and value head
  std::uint32_t experts = 0;          // of each layer; 0 for a dense model
  bool tied_output = false;           // the embedding is the output matrix too
};

/// Whether a tensor of that name and shape is left as it is: one dimension, norms, the router of experts,
/// positions.
bool stays_float(std::string_view name, std::span<const std::uint64_t> shape) noexcept;

/// The GGUF type that a mixture gives the tensor `name` (GGUF's spelling, "blk.3.ffn_down.weight") of that
/// shape [out, in]; where `in` is no whole number of blocks, the next type that fits; F32 where it stays
/// float.
const ElementType& mixture_type(const Mixture& mixture, const ModelShape& model, std::string_view name,
                                std::span<const std::uint64_t> shape);

/// `type`, or the type that takes its place in rows of `cols` weights that are no whole number of its blocks.
const ElementType& fitting_type(const ElementType& type, std::uint64_t cols);

}  // namespace compression
