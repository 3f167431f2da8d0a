#include "engine/distill/distillation.h"

#include <cstddef>
#include <optional>

#include "bindings/marshal.h"

namespace bindings {
namespace {

using Doubles = TypedArray<double>;

struct Loss {
  double total = 0;
  double hard = 0;
  double soft = 0;
  double tau_squared = 0;
  Doubles gradient;
};

struct SoftTargets {
  Doubles probabilities;
  double entropy_bits = 0;
};

std::optional<Doubles> softmax(const Doubles& logits, double tau) {
  return guarded([&] { return Doubles(compression::softmax(logits.elements(), tau)); });
}

std::optional<SoftTargets> soft_targets(const Doubles& logits, double tau) {
  return guarded([&] {
    const auto probabilities = compression::softmax(logits.elements(), tau);
    return SoftTargets{Doubles(probabilities), compression::entropy(probabilities)};
  });
}

std::optional<double> entropy(const Doubles& probabilities) {
  return guarded([&] { return compression::entropy(probabilities.elements()); });
}

std::optional<double> kl_divergence(const Doubles& p, const Doubles& q) {
  return guarded([&] { return compression::kl_divergence(p.elements(), q.elements()); });
}

std::optional<double> jensen_shannon(const Doubles& p, const Doubles& q, double beta) {
  return guarded([&] { return compression::jensen_shannon(p.elements(), q.elements(), beta); });
}

std::optional<double> label_divergence(const Doubles& logits, std::size_t label, double tau) {
  return guarded([&] { return compression::label_divergence(logits.elements(), label, tau); });
}

std::optional<Loss> distillation_loss(const Doubles& teacher, const Doubles& student, std::size_t label,
                                      double tau, double lambda) {
  return guarded([&] {
    const auto loss =
        compression::distillation_loss(teacher.elements(), student.elements(), label, tau, lambda);
    return Loss{loss.total, loss.hard, loss.soft, loss.tau_squared, Doubles(loss.gradient)};
  });
}

std::optional<double> tau_squared(double tau) {
  return guarded([&] { return compression::tau_squared(tau); });
}

}  // namespace

EMSCRIPTEN_BINDINGS(distillation) {
  emscripten::value_object<Loss>("Loss")
      .field("total", &Loss::total)
      .field("hard", &Loss::hard)
      .field("soft", &Loss::soft)
      .field("tauSquared", &Loss::tau_squared)
      .field("gradient", &Loss::gradient);
  emscripten::value_object<SoftTargets>("SoftTargets")
      .field("probabilities", &SoftTargets::probabilities)
      .field("entropyBits", &SoftTargets::entropy_bits);
  emscripten::register_optional<Loss>();
  emscripten::register_optional<SoftTargets>();
  emscripten::function("softmax", &softmax);
  emscripten::function("softTargets", &soft_targets);
  emscripten::function("entropy", &entropy);
  emscripten::function("klDivergence", &kl_divergence);
  emscripten::function("jensenShannon", &jensen_shannon);
  emscripten::function("labelDivergence", &label_divergence);
  emscripten::function("distillationLoss", &distillation_loss);
  emscripten::function("tauSquared", &tau_squared);
}

}  // namespace bindings
