#include <cmath>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/number_text.h"
#include "engine/tensor/random.h"

namespace compression {
namespace {

void require(bool condition, const char* name, const char* bound, double value) {
  if (!condition) {
    throw EngineError(ErrorCode::invalid_argument,
                      std::string(name) + " must be " + bound + ", not " + number_text(value));
  }
}

}  // namespace

std::vector<float> sample_weights(const SampleOptions& options) {
  require(std::isfinite(options.sigma) && options.sigma >= 0, "sigma", "finite and at least 0",
          options.sigma);
  require(options.outlier_fraction >= 0 && options.outlier_fraction <= 1, "outlierFraction", "within 0 and 1",
          options.outlier_fraction);
  require(std::isfinite(options.outlier_scale), "outlierScale", "finite", options.outlier_scale);

  Random random(options.seed);
  std::vector<double> draws(options.count);
  for (double& draw : draws) draw = random.normal(0, options.sigma);
  std::vector<float> weights(options.count);
  for (std::size_t i = 0; i < options.count; ++i) {
    const bool outlier = random.random() < options.outlier_fraction;
    weights[i] = static_cast<float>(outlier ? draws[i] * options.outlier_scale : draws[i]);
  }
  return weights;
}

}  // namespace compression
