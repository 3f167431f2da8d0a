import { float64, integer, named, number } from "./arguments.ts";
import type { Distillation } from "./engine.ts";
import type { Call } from "./module.ts";

/** Index of a class. */
const label = integer(0, 2 ** 32 - 1);

const readTau = named({ tau: number });
const readLoss = named({ teacher: float64, student: float64, label, tau: number, lambda: number });
const readLabelDivergence = named({ logits: float64, label, tau: number });

/** The distillation methods, answered through `call`. */
export function distillation(call: Call): Distillation {
  return {
    softmax: (logits, tau = 1) =>
      call((module) => module.softmax(float64(logits, "logits"), number(tau, "tau"))),
    softTargets: (logits, tau) =>
      call((module) => module.softTargets(float64(logits, "logits"), number(tau, "tau"))),
    entropy: (probabilities) => call((module) => module.entropy(float64(probabilities, "probabilities"))),
    klDivergence: (p, q) => call((module) => module.klDivergence(float64(p, "p"), float64(q, "q"))),
    jensenShannon: (p, q, beta = 0.5) =>
      call((module) => module.jensenShannon(float64(p, "p"), float64(q, "q"), number(beta, "beta"))),
    kdLoss: (options) =>
      call((module) => {
        const { teacher, student, label, tau, lambda } = readLoss(options);
        return module.distillationLoss(teacher, student, label, tau, lambda);
      }),
    tauSquared: (options) => call((module) => module.tauSquared(readTau(options).tau)),
    labelDivergence: (options) =>
      call((module) => {
        const { logits, label, tau } = readLabelDivergence(options);
        return module.labelDivergence(logits, label, tau);
      }),
  };
}
