#include "engine/formats/vector/codebook_training.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/formats/vector/additive_codebooks.h"
#include "engine/formats/vector/beam_search.h"
#include "engine/tensor/k_means.h"
#include "engine/tensor/random.h"

namespace compression {
namespace {

class Trainer {
 public:
  Trainer(std::span<const float> groups, std::span<const double> weights,
          const CodebookTrainingOptions& options)
      : options_(options), groups_(groups), weights_(weights) {
    result_.codebooks = {
        .count = options.codebooks, .entries = options.entries, .length = options.length, .values = {}};
    result_.codebooks.values.resize(options.codebooks * options.entries * options.length);
    result_.codes.resize(weights.size() * options.codebooks);
  }

  CodebookTraining run() && {
    cluster_residuals();
    record_loss();
    for (std::size_t round = 0; round < options_.rounds; ++round) {
      const double before = result_.losses.back();
      update_codebooks();
      record_loss();
      search_codes();
      record_loss();
      if (!(result_.losses.back() < before * (1 - options_.tolerance))) break;
    }
    return std::move(result_);
  }

 private:
  std::span<float> codebook(std::size_t m) noexcept {
    const std::size_t size = options_.entries * options_.length;
    return std::span(result_.codebooks.values).subspan(m * size, size);
  }

  std::span<std::uint16_t> codes_of(std::size_t group) noexcept {
    return std::span(result_.codes).subspan(group * options_.codebooks, options_.codebooks);
  }

  /// Residual k-means: each codebook clusters what the ones before it leave.
  void cluster_residuals() {
    Random random(options_.seed);
    const KMeansOptions clustering{
        .clusters = options_.entries, .length = options_.length, .iterations = options_.cluster_iterations};
    std::vector<float> left(groups_.begin(), groups_.end());
    for (std::size_t m = 0; m < options_.codebooks; ++m) {
      const KMeans clusters = k_means(left, weights_, clustering, random);
      std::copy(clusters.centroids.begin(), clusters.centroids.end(), codebook(m).begin());
      for (std::size_t i = 0; i < left.size(); ++i) {
        const std::size_t code = clusters.nearest[i / options_.length];
        left[i] -= clusters.centroids[code * options_.length + i % options_.length];
      }
      for (std::size_t g = 0; g < weights_.size(); ++g) codes_of(g)[m] = clusters.nearest[g];
    }
  }

  /// Codebook by codebook, each entry to the weighted mean of what the other codebooks leave.
  void update_codebooks() {
    std::vector<float> sum(options_.length);
    for (std::size_t m = 0; m < options_.codebooks; ++m) {
      const std::span<float> values = codebook(m);
      std::vector<double> sums(values.size());
      std::vector<double> totals(options_.entries);
      for (std::size_t g = 0; g < weights_.size(); ++g) {
        const std::size_t code = codes_of(g)[m];
        result_.codebooks.add_up(codes_of(g), sum);
        totals[code] += weights_[g];
        for (std::size_t i = 0; i < sum.size(); ++i) {
          const double own = values[code * options_.length + i];
          const double others = static_cast<double>(sum[i]) - own;
          const double wanted = static_cast<double>(groups_[g * options_.length + i]) - others;
          sums[code * options_.length + i] += weights_[g] * wanted;
        }
      }
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double total = totals[i / options_.length];
        if (total > 0) values[i] = static_cast<float>(sums[i] / total);
      }
    }
  }

  void search_codes() {
    BeamSearch search(result_.codebooks, identity(options_.length), options_.beams);
    for (std::size_t g = 0; g < weights_.size(); ++g) {
      search.improve(groups_.subspan(g * options_.length, options_.length), 1, 1, codes_of(g));
    }
  }

  void record_loss() {
    std::vector<float> sum(options_.length);
    double loss = 0;
    for (std::size_t g = 0; g < weights_.size(); ++g) {
      result_.codebooks.add_up(codes_of(g), sum);
      double distance = 0;
      for (std::size_t i = 0; i < sum.size(); ++i) {
        const double difference =
            static_cast<double>(groups_[g * options_.length + i]) - static_cast<double>(sum[i]);
        distance += difference * difference;
      }
      loss += weights_[g] * distance;
    }
    result_.losses.push_back(loss);
  }

  CodebookTrainingOptions options_;
  std::span<const float> groups_;
  std::span<const double> weights_;
  CodebookTraining result_;
};

}  // namespace

CodebookTraining train_codebooks(std::span<const float> groups, std::span<const double> weights,
                                 const CodebookTrainingOptions& options) {
  return Trainer(groups, weights, options).run();
}

}  // namespace compression
