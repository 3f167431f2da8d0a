#include "engine/distill/distillation.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/tensor/random.h"

namespace compression {
namespace {

const std::vector<double> teacher = {2, 1, 0, -1};
const std::vector<double> student = {1, 1.5, -0.5, 0};

/// Known answers are printed to nine digits.
void check_close(std::span<const double> values, const std::vector<double>& expected) {
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(std::abs(values[i] - expected[i]) < 1e-9);
}

double sum(std::span<const double> values) {
  double total = 0;
  for (const double value : values) total += value;
  return total;
}

std::vector<double> many_logits(std::size_t classes, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> logits(classes);
  for (double& logit : logits) logit = random.normal(0, 4);
  return logits;
}

}  // namespace

TEST_CASE("known answers of the distillation loss at three temperatures") {
  struct Answer {
    double tau;
    std::vector<double> p, q;
    double kl, reverse;
    std::vector<double> gradient;
  };
  const std::vector<Answer> answers = {
      {1,
       {0.64391426, 0.236882818, 0.087144319, 0.032058603},
       {0.308667615, 0.508906862, 0.068873054, 0.11355247},
       0.272286971,
       0.289601195,
       {-0.335246645, 0.272024044, -0.018271264, 0.081493866}},
      {2,
       {0.455054234, 0.276004345, 0.167405097, 0.101536324},
       {0.297360395, 0.381818305, 0.140463105, 0.180358196},
       0.0750808974,
       0.0763659466,
       {-0.315387679, 0.21162792, -0.053883986, 0.157643744}},
      {4,
       {0.349932009, 0.272527322, 0.212244492, 0.165296177},
       {0.277836547, 0.314830053, 0.19095408, 0.21637932},
       0.0193294996,
       0.0194142946,
       {-0.288381848, 0.169210923, -0.085161649, 0.204332574}},
  };
  for (const Answer& answer : answers) {
    const auto p = softmax(teacher, answer.tau);
    const auto q = softmax(student, answer.tau);
    check_close(p, answer.p);
    check_close(q, answer.q);
    CHECK(std::abs(kl_divergence(p, q) * std::numbers::ln2 - answer.kl) < 1e-9);
    CHECK(std::abs(kl_divergence(q, p) * std::numbers::ln2 - answer.reverse) < 1e-9);
    const auto loss = distillation_loss(teacher, student, 0, answer.tau, 1);
    CHECK(std::abs(loss.soft - answer.kl) < 1e-9);
    CHECK(loss.tau_squared == answer.tau * answer.tau);
    CHECK(loss.total == doctest::Approx(loss.soft * loss.tau_squared).epsilon(1e-15));
    check_close(loss.gradient, answer.gradient);
  }
}

TEST_CASE("known answers of the generalised Jensen-Shannon divergence, and its limits") {
  const auto p = softmax(teacher);
  const auto q = softmax(student);
  const auto nats = [&](double beta) { return jensen_shannon(p, q, beta) * std::numbers::ln2; };
  CHECK(std::abs(nats(0.1) - 0.0244066302) < 1e-9);
  CHECK(std::abs(nats(0.5) - 0.0681479736) < 1e-9);
  CHECK(std::abs(nats(0.9) - 0.0255895178) < 1e-9);
  CHECK(std::abs(nats(0) - 0.272286971) < 1e-9);
  CHECK(std::abs(nats(1) - 0.289601195) < 1e-9);
  CHECK(std::abs(nats(1e-4) / 1e-4 - 0.272258328) < 1e-8);
  CHECK(std::abs(nats(1 - 1e-4) / 1e-4 - 0.289566301) < 1e-8);
  CHECK(jensen_shannon(std::vector<double>{1, 0}, std::vector<double>{0, 1}) == 1);
}

TEST_CASE("the entropies of the chapter's first Python cell") {
  const std::vector<double> cat = {9.0, 6.5, 4.0, 2.5, 1.0, -4.0};
  CHECK(std::abs(entropy(softmax(cat, 1)) - 0.458) < 5e-4);
  CHECK(std::abs(entropy(softmax(cat, 2)) - 1.294) < 5e-4);
  CHECK(std::abs(entropy(softmax(cat, 5)) - 2.217) < 5e-4);
  CHECK(std::abs(entropy(softmax(cat, 10)) - 2.476) < 5e-4);
}

TEST_CASE("the gradient is the slope of the loss, at 6 classes and at 128k") {
  for (const std::size_t classes : {std::size_t{6}, std::size_t{128 * 1024}}) {
    const auto t = many_logits(classes, 1);
    auto s = many_logits(classes, 2);
    const std::size_t label = classes / 2;
    for (const double lambda : {0.0, 0.3, 1.0}) {
      const auto loss = distillation_loss(t, s, label, 2.5, lambda);
      CHECK(std::abs(sum(loss.gradient)) < 1e-12);
      CHECK(sum(softmax(s, 2.5)) == doctest::Approx(1).epsilon(1e-12));
      for (const std::size_t i : {std::size_t{0}, label, classes - 1}) {
        const double step = 1e-5;
        const double at = s[i];
        s[i] = at + step;
        const double above = distillation_loss(t, s, label, 2.5, lambda).total;
        s[i] = at - step;
        const double below = distillation_loss(t, s, label, 2.5, lambda).total;
        s[i] = at;
        // The central difference errs by step² times the third derivative (< 1), and by the rounding of
        // log-probabilities of up to 2^5, times tau², over the step.
        const double tolerance = step * step + loss.tau_squared * 0x1p-47 / step;
        CHECK(std::abs((above - below) / (2 * step) - loss.gradient[i]) < tolerance);
      }
    }
  }
}

TEST_CASE("any finite logits give finite results") {
  constexpr double huge = std::numeric_limits<double>::max();
  for (const auto& logits : {std::vector<double>{huge, -huge, 0},
                             {1e308, 1e308, 1e308},
                             {-huge, -huge, -huge},
                             {0, 1e-310, -1e-310},
                             {700, -700, 0}}) {
    for (const double tau : {1e-300, 0.1, 1.0, 50.0, 1e300}) {
      const auto p = softmax(logits, tau);
      CHECK(sum(p) == doctest::Approx(1).epsilon(1e-12));
      CHECK(std::isfinite(entropy(p)));
      for (const double x : log_softmax(logits, tau)) CHECK(std::isfinite(x));
    }
  }
  check_close(softmax(std::vector<double>{huge, -huge}, 1), {1, 0});
  check_close(softmax(std::vector<double>{huge, -huge}, huge),
              {1 / (1 + std::exp(-2)), 1 / (1 + std::exp(2))});
  const std::vector<double> one = {5};
  CHECK(softmax(one) == std::vector<double>{1});
  CHECK(distillation_loss(one, one, 0, 2, 0.5).total == 0);
}

TEST_CASE("the bare label against the softened teacher") {
  CHECK(label_divergence(teacher, 0, 1) == doctest::Approx(-std::log2(0.64391426)).epsilon(1e-8));
  CHECK(entropy(std::vector<double>{0.25, 0.25, 0.25, 0.25}) == 2);
  CHECK(entropy(std::vector<double>{0, 1, 0}) == 0);
  CHECK(kl_divergence(std::vector<double>{0.5, 0.5}, std::vector<double>{1, 0}) ==
        std::numeric_limits<double>::infinity());
  CHECK(kl_divergence(std::vector<double>{1, 0}, std::vector<double>{0.5, 0.5}) == 1);
  CHECK(tau_squared(4) == 16);
}

TEST_CASE("bad arguments are refused by name") {
  const std::vector<double> half = {0.5, 0.5};
  const auto refused = [](const auto& call, const char* message) {
    CHECK_THROWS_WITH_AS(call(), doctest::Contains(message), EngineError);
  };
  refused([] { softmax({}); }, "logits must not be empty");
  refused([] { softmax(teacher, 0); }, "tau must be finite and above 0");
  refused([] { softmax(teacher, std::nan("")); }, "tau");
  refused([] { softmax(std::vector<double>{1, INFINITY}); }, "logits[1]");
  refused([] { entropy(std::vector<double>{0.5, 0.6}); }, "probabilities must sum to 1");
  refused([] { entropy(std::vector<double>{1.5, -0.5}); }, "probabilities[0]");
  refused([&] { kl_divergence(half, std::vector<double>{1}); }, "p and q must have the same length");
  refused([&] { jensen_shannon(half, half, 1.5); }, "beta");
  refused([] { label_divergence(teacher, 4, 1); }, "label must be below the number of classes, 4");
  refused([] { distillation_loss(teacher, student, 4, 1, 0.5); }, "label");
  refused([] { distillation_loss(teacher, student, 0, 1, -0.1); }, "lambda");
  refused([] { distillation_loss(teacher, std::vector<double>{1}, 0, 1, 0.5); }, "same length");
}

}  // namespace compression
