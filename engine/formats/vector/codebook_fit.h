/// A codebook fitted to weights, and the point that each eight of them fall on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/formats/vector/codebook.h"

namespace compression {

struct CodebookFit {
  Codebook codebook;
  std::vector<float> scales;   // [rows]: weights = scale of the row × points
  std::vector<float> vectors;  // [rows, codes of a row, 8]: weights over their scale, filled up with zeros
  std::vector<std::uint16_t> codes;  // [rows, codes of a row]
  std::vector<float> points;         // [rows, codes of a row, 8]: what the codes stand for
  double bits_per_weight = 0;        // stored, with scales and tables
  double distortion = 0;             // Σ (weight − scale × point)² / Σ weight²; 0 for zeros
  double sqnr_db = 0;                // the same in dB, +infinity where nothing is lost
};

/// Fits the codebook `id` to weights [rows, cols], as they are: no transform turns them first.
///
/// `scalar` finds its four levels by lloyd_max, under the root mean square as the scale of all rows; `e8p`
/// has the scale at which it suits normal numbers best (e8p.h); `aqlm` learns tables and scales as the format
/// does, from `seed`, and stores the same. Of e8p the 8 bytes for the seed of a transform count as well.
/// Throws EngineError(invalid_argument) for another id, EngineError(non_finite), EngineError(overflow) where
/// a row needs a scale beyond fp16.
CodebookFit fit_codebook(const std::string& id, std::span<const float> weights, std::size_t rows,
                         std::size_t cols, std::uint64_t seed);

}  // namespace compression
