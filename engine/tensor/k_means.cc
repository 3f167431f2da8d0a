#include "engine/tensor/k_means.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "engine/tensor/random.h"
#include "engine/tensor/vector_table.h"

namespace compression {
namespace {

/// Points drawn without replacement, then zeros.
std::vector<float> starting_centroids(std::span<const float> points, const KMeansOptions& options,
                                      Random& random) {
  const std::size_t count = points.size() / options.length;
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<float> centroids(options.clusters * options.length);
  for (std::size_t k = 0; k < std::min(options.clusters, count); ++k) {
    const auto other = random.integers(static_cast<std::int64_t>(k), static_cast<std::int64_t>(count));
    std::swap(order[k], order[static_cast<std::size_t>(other)]);
    std::copy_n(points.data() + order[k] * options.length, options.length,
                centroids.data() + k * options.length);
  }
  return centroids;
}

/// Each point to its nearest centroid.
std::vector<std::uint16_t> assign(std::span<const float> points, std::span<const float> centroids,
                                  std::size_t length) {
  const VectorTable table(centroids, length);
  const std::vector<float> squares = squared_norms(centroids, length, table.padded_count());
  std::vector<float> scores(table.padded_count());
  std::vector<std::uint16_t> nearest(points.size() / length);
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    table.score(points.subspan(i * length, length), squares, 1, 2, scores);
    nearest[i] = static_cast<std::uint16_t>(index_of_smallest(std::span(scores).first(table.count())));
  }
  return nearest;
}

double loss_of(std::span<const float> points, std::span<const double> weights, std::size_t length,
               const KMeans& result) {
  double loss = 0;
  for (std::size_t i = 0; i < result.nearest.size(); ++i) {
    double distance = 0;
    for (std::size_t j = 0; j < length; ++j) {
      const double centroid = result.centroids[result.nearest[i] * length + j];
      const double difference = static_cast<double>(points[i * length + j]) - centroid;
      distance += difference * difference;
    }
    loss += weights[i] * distance;
  }
  return loss;
}

/// Each centroid to the weighted mean of its points.
void move_centroids(std::span<const float> points, std::span<const double> weights, std::size_t length,
                    KMeans& result) {
  std::vector<double> sums(result.centroids.size());
  std::vector<double> totals(result.centroids.size() / length);
  for (std::size_t i = 0; i < result.nearest.size(); ++i) {
    const std::size_t cluster = result.nearest[i];
    totals[cluster] += weights[i];
    for (std::size_t j = 0; j < length; ++j) {
      sums[cluster * length + j] += weights[i] * static_cast<double>(points[i * length + j]);
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (totals[i / length] > 0) result.centroids[i] = static_cast<float>(sums[i] / totals[i / length]);
  }
}

}  // namespace

std::vector<float> squared_norms(std::span<const float> vectors, std::size_t length, std::size_t padded) {
  std::vector<float> squares(padded);
  for (std::size_t i = 0; i < vectors.size(); ++i) squares[i / length] += vectors[i] * vectors[i];
  return squares;
}

KMeans k_means(std::span<const float> points, std::span<const double> weights, const KMeansOptions& options,
               Random& random) {
  KMeans result{.centroids = starting_centroids(points, options, random), .nearest = {}, .losses = {}};
  for (std::size_t iteration = 0;; ++iteration) {
    std::vector<std::uint16_t> nearest = assign(points, result.centroids, options.length);
    const bool settled = nearest == result.nearest;
    result.nearest = std::move(nearest);
    result.losses.push_back(loss_of(points, weights, options.length, result));
    if (settled || iteration == options.iterations) return result;
    move_centroids(points, weights, options.length, result);
  }
}

}  // namespace compression
