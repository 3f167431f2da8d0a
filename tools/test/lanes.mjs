/**
 * What may run beside what: `after` names what must have ended before, `uses` names what one alone may use at a time,
 * and `alone` asks for the whole machine.
 * @typedef {{ name: string, after?: string[], uses?: string[], alone?: boolean }} Task
 */

/**
 * Runs tasks, at most `count` at a time: a lane that is free takes the first in the list that may start.
 * @template {Task} T
 * @param {T[]} tasks
 * @param {number} count
 * @param {(task: T) => Promise<void>} work does not throw: what fails holds up nothing that waits for it
 */
export async function inLanes(tasks, count, work) {
  const waiting = [...tasks];
  const running = /** @type {Map<T, Promise<void>>} */ (new Map());
  while (waiting.length + running.size > 0) {
    const next =
      running.size < count ? waiting.find((task) => mayStart(task, waiting, [...running.keys()])) : undefined;
    if (next === undefined) {
      if (running.size === 0)
        throw new Error(`These wait for each other: ${waiting.map(({ name }) => name).join(", ")}`);
      await Promise.race(running.values());
      continue;
    }
    waiting.splice(waiting.indexOf(next), 1);
    running.set(
      next,
      work(next).then(() => void running.delete(next)),
    );
  }
}

/**
 * @param {Task} task
 * @param {Task[]} waiting
 * @param {Task[]} running
 */
function mayStart({ after = [], uses = [], alone = false }, waiting, running) {
  if (running.some((other) => alone || other.alone)) return false;
  if (running.some((other) => other.uses?.some((thing) => uses.includes(thing)))) return false;
  return ![...waiting, ...running].some(({ name }) => after.includes(name));
}
