/// Soft targets and the loss that teaches a student from them (EQ 7.2).
///
/// Logits are finite doubles [classes]; probabilities are ≥ 0 and sum to 1 within 1e-6. Anything else is
/// refused with EngineError(non_finite or invalid_argument) that names the argument. Stable for any finite
/// logits: sums run over exponents ≤ 0, and divergences of logits are taken between log-probabilities.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace compression {

/// softmax(logits / tau), tau > 0.
std::vector<double> softmax(std::span<const double> logits, double tau = 1);

/// log softmax(logits / tau), natural logarithm.
std::vector<double> log_softmax(std::span<const double> logits, double tau = 1);

/// −Σ p log2 p, bits.
double entropy(std::span<const double> probabilities);

/// KL(p ‖ q) = Σ p log2(p / q), bits; +infinity where q is 0 and p is not.
double kl_divergence(std::span<const double> p, std::span<const double> q);

/// Generalised Jensen–Shannon divergence beta KL(p ‖ m) + (1 − beta) KL(q ‖ m) with m = beta p + (1 − beta)
/// q, bits. By convention beta = 0 is KL(p ‖ q) and beta = 1 is KL(q ‖ p) (Agarwal et al., GKD).
double jensen_shannon(std::span<const double> p, std::span<const double> q, double beta = 0.5);

/// KL(one-hot(label) ‖ softmax(logits / tau)), bits: what the bare label would have to say.
double label_divergence(std::span<const double> logits, std::size_t label, double tau);

struct DistillationLoss {
  double total = 0;                // (1 − lambda) hard + lambda tau² soft, nats
  double hard = 0;                 // cross-entropy of the label under the student at temperature 1, nats
  double soft = 0;                 // KL(teacher ‖ student) at temperature tau, nats, before tau²
  double tau_squared = 0;          // the factor
  std::vector<double> gradient{};  // of total with respect to the student's logits, [classes]
};

/// EQ 7.2 (Hinton, Vinyals & Dean 2015). `label` indexes a class, tau > 0, lambda in 0…1.
DistillationLoss distillation_loss(std::span<const double> teacher, std::span<const double> student,
                                   std::size_t label, double tau, double lambda);

/// tau², the factor that keeps the soft gradients in proportion.
double tau_squared(double tau);

}  // namespace compression
