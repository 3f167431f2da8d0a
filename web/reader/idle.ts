/** Runs `start` when the browser has nothing better to do. */
export function whenIdle(start: () => void): void {
  if ("requestIdleCallback" in window) requestIdleCallback(start, { timeout: 1000 });
  else setTimeout(start, 200);
}

/** Takes the steps in their order, each in an idle moment and a frame of its own, so that none holds up the reader. */
export function stepByStep(steps: Iterator<void>): void {
  whenIdle(() => {
    if (!steps.next().done) requestAnimationFrame(() => stepByStep(steps));
  });
}
