#include "engine/distill/distillation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/number_text.h"
#include "engine/tensor/fixed_order_sum.h"
#include "engine/tensor/portable_math.h"

namespace compression {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw EngineError(ErrorCode::invalid_argument, message);
}

void require_logits(std::span<const double> logits, const char* name) {
  if (logits.empty()) refuse(std::string(name) + " must not be empty");
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (!std::isfinite(logits[i])) {
      throw EngineError(ErrorCode::non_finite, std::string(name) + "[" + std::to_string(i) + "] is " +
                                                   number_text(logits[i]) + "; every number must be finite");
    }
  }
}

void require_probabilities(std::span<const double> p, const char* name) {
  if (p.empty()) refuse(std::string(name) + " must not be empty");
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (!(p[i] >= 0 && p[i] <= 1)) {
      refuse(std::string(name) + "[" + std::to_string(i) + "] must be within 0 and 1, not " +
             number_text(p[i]));
    }
  }
  const double sum = fixed_order_sum(p.size(), [&](std::size_t i) { return p[i]; });
  if (std::abs(sum - 1) > 1e-6) refuse(std::string(name) + " must sum to 1, not " + number_text(sum));
}

void require_same_length(std::size_t a, std::size_t b, const char* names) {
  if (a != b)
    refuse(std::string(names) + " must have the same length, not " + std::to_string(a) + " and " +
           std::to_string(b));
}

void require_tau(double tau) {
  if (!(tau > 0 && std::isfinite(tau))) refuse("tau must be finite and above 0, not " + number_text(tau));
}

void require_share(double share, const char* name) {
  if (!(share >= 0 && share <= 1)) {
    refuse(std::string(name) + " must be within 0 and 1, not " + number_text(share));
  }
}

void require_label(std::size_t label, std::size_t classes) {
  if (label >= classes) {
    refuse("label must be below the number of classes, " + std::to_string(classes) + ", not " +
           std::to_string(label));
  }
}

/// log softmax of checked logits. Differences to the largest logit are halved while they are taken, so that
/// logits at both ends of the doubles' range do not overflow.
std::vector<double> checked_log_softmax(std::span<const double> logits, double tau) {
  const double top = *std::max_element(logits.begin(), logits.end());
  std::vector<double> result(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double scaled = (0.5 * logits[i] - 0.5 * top) / tau;
    result[i] = std::max(2 * scaled, std::numeric_limits<double>::lowest());
  }
  const double sum = fixed_order_sum(result.size(), [&](std::size_t i) { return exponential(result[i]); });
  const double log_sum = logarithm(sum);
  for (double& value : result) value -= log_sum;
  return result;
}

std::vector<double> exponentials(std::span<const double> logs) {
  std::vector<double> result(logs.size());
  std::transform(logs.begin(), logs.end(), result.begin(), exponential);
  return result;
}

/// Σ p (log p − log q), nats. Classes that p gives no chance do not count.
double divergence(std::span<const double> p, std::span<const double> log_p, std::span<const double> log_q) {
  const double sum = fixed_order_sum(
      p.size(), [&](std::size_t i) { return p[i] == 0 ? 0.0 : p[i] * (log_p[i] - log_q[i]); });
  return std::max(sum, 0.0);  // never negative but for rounding
}

std::vector<double> binary_logarithms(std::span<const double> p) {
  std::vector<double> result(p.size());
  std::transform(p.begin(), p.end(), result.begin(), logarithm2);
  return result;
}

}  // namespace

std::vector<double> log_softmax(std::span<const double> logits, double tau) {
  require_logits(logits, "logits");
  require_tau(tau);
  return checked_log_softmax(logits, tau);
}

std::vector<double> softmax(std::span<const double> logits, double tau) {
  return exponentials(log_softmax(logits, tau));
}

double entropy(std::span<const double> probabilities) {
  require_probabilities(probabilities, "probabilities");
  const double sum = fixed_order_sum(probabilities.size(), [&](std::size_t i) {
    const double p = probabilities[i];
    return p == 0 ? 0.0 : p * logarithm2(p);
  });
  return std::max(-sum, 0.0);
}

double kl_divergence(std::span<const double> p, std::span<const double> q) {
  require_probabilities(p, "p");
  require_probabilities(q, "q");
  require_same_length(p.size(), q.size(), "p and q");
  return divergence(p, binary_logarithms(p), binary_logarithms(q));
}

double jensen_shannon(std::span<const double> p, std::span<const double> q, double beta) {
  require_share(beta, "beta");
  if (beta == 0) return kl_divergence(p, q);
  if (beta == 1) return kl_divergence(q, p);
  require_probabilities(p, "p");
  require_probabilities(q, "q");
  require_same_length(p.size(), q.size(), "p and q");
  std::vector<double> mixture(p.size());
  for (std::size_t i = 0; i < p.size(); ++i) mixture[i] = beta * p[i] + (1 - beta) * q[i];
  const std::vector<double> log_mixture = binary_logarithms(mixture);
  return beta * divergence(p, binary_logarithms(p), log_mixture) +
         (1 - beta) * divergence(q, binary_logarithms(q), log_mixture);
}

double label_divergence(std::span<const double> logits, std::size_t label, double tau) {
  require_label(label, logits.size());
  return -log_softmax(logits, tau)[label] * std::numbers::log2e;
}

DistillationLoss distillation_loss(std::span<const double> teacher, std::span<const double> student,
                                   std::size_t label, double tau, double lambda) {
  require_logits(teacher, "teacher");
  require_logits(student, "student");
  require_same_length(teacher.size(), student.size(), "teacher and student");
  require_label(label, student.size());
  require_tau(tau);
  require_share(lambda, "lambda");

  const std::vector<double> log_teacher = checked_log_softmax(teacher, tau);
  const std::vector<double> log_student = checked_log_softmax(student, tau);
  const std::vector<double> log_student_hard = checked_log_softmax(student, 1);
  const std::vector<double> p_teacher = exponentials(log_teacher);
  const std::vector<double> p_student = exponentials(log_student);

  DistillationLoss loss;
  loss.tau_squared = tau * tau;
  loss.hard = -log_student_hard[label];
  loss.soft = divergence(p_teacher, log_teacher, log_student);
  loss.total = (1 - lambda) * loss.hard + lambda * loss.tau_squared * loss.soft;
  // d hard / dz = softmax(z) − onehot;  d tau² soft / dz = tau (p_student − p_teacher).
  loss.gradient = exponentials(log_student_hard);
  loss.gradient[label] -= 1;
  for (std::size_t i = 0; i < loss.gradient.size(); ++i) {
    loss.gradient[i] = (1 - lambda) * loss.gradient[i] + lambda * tau * (p_student[i] - p_teacher[i]);
  }
  return loss;
}

double tau_squared(double tau) {
  require_tau(tau);
  return tau * tau;
}

}  // namespace compression
