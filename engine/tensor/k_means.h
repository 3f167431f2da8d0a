/// Clustering by Lloyd's algorithm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/tensor/random.h"

namespace compression {

struct KMeansOptions {
  std::size_t clusters = 256;    // 1…65,536
  std::size_t length = 8;        // coordinates of a point
  std::size_t iterations = 100;  // at most
};

struct KMeans {
  std::vector<float> centroids;        // [clusters, length]
  std::vector<std::uint16_t> nearest;  // [points], the number of each point's centroid
  std::vector<double> losses;          // after each assignment: Σ weight × |point − centroid|²
};

/// Clusters points [n, length] that count as `weights` [n] ≥ 0 say. Starts from distinct points drawn by
/// `random` (all of them and zeros where there are fewer than clusters), and ends when no point changes its
/// cluster. Distances are compared in float32, of equals the first centroid wins; sums run in double in the
/// order of the points. A cluster that loses its points keeps its centroid. The losses never rise, but for
/// the rounding of those comparisons.
KMeans k_means(std::span<const float> points, std::span<const double> weights, const KMeansOptions& options,
               Random& random);

/// Σ squares of each of the vectors [n, length], with room for `padded` ≥ n sums.
std::vector<float> squared_norms(std::span<const float> vectors, std::size_t length, std::size_t padded);

}  // namespace compression
