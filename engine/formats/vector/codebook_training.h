/// Additive codebooks learned from the weights that they are to stand for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/formats/vector/additive_codebooks.h"

namespace compression {

struct CodebookTrainingOptions {
  std::size_t codebooks = 2;
  std::size_t entries = 256;
  std::size_t length = 8;               // weights in a group
  std::size_t beams = 4;                // of the search for codes
  std::size_t cluster_iterations = 20;  // of k-means, at most
  std::size_t rounds = 8;               // of codebook update and search, at most
  double tolerance = 0.005;             // the relative improvement of a round below which the training ends
  std::uint64_t seed = 0;
};

struct CodebookTraining {
  AdditiveCodebooks codebooks;
  std::vector<std::uint16_t> codes;  // [groups, codebooks]
  std::vector<double> losses;        // Σ weight × |group − its sum|², after each phase
};

/// Learns codebooks for groups [n, length], of which each counts as weights[i] ≥ 0 say, with no regard to
/// activations (H = I). The phases of AQLM (Egiazarian et al. 2024, section 3.2): residual k-means, a
/// codebook after the other; then in turn a least-squares update of the codebooks at fixed codes, which takes
/// the place of the paper's gradient steps, and beam search at fixed codebooks. The update is by block
/// coordinates: each entry becomes the weighted mean of what the other codebooks leave it. No phase raises
/// the loss, but for float32 rounding.
CodebookTraining train_codebooks(std::span<const float> groups, std::span<const double> weights,
                                 const CodebookTrainingOptions& options);

}  // namespace compression
