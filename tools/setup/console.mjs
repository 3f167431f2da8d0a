/** What the set-up prints: named steps with their duration, and a percentage while one of them downloads. */

const interactive = process.stderr.isTTY === true;

/**
 * Runs one named step and prints its name and duration.
 * @template T
 * @param {string} name
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(name, work) {
  const started = performance.now();
  process.stderr.write(`▸ ${name}\n`);
  const result = await work();
  process.stderr.write(`✓ ${name} (${seconds(performance.now() - started)})\n`);
  return result;
}

/**
 * A progress line for one step: rewritten in place on a terminal, printed every ten percent elsewhere.
 * @param {string} label
 */
export function progress(label) {
  let last = -1;
  return (/** @type {number} */ percent) => {
    const shown = interactive ? Math.floor(percent) : Math.floor(percent / 10) * 10;
    if (shown === last) return;
    last = shown;
    process.stderr.write(
      interactive ? `\r  ${label} ${shown}%${shown === 100 ? "\n" : ""}` : `  ${label} ${shown}%\n`,
    );
  };
}

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** An error whose message is meant for the person at the terminal: printed without a stack trace. */
export class SetupError extends Error {}

/**
 * Runs a command's main function; a SetupError becomes its message and exit code 1.
 * @param {() => Promise<unknown>} work
 */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = 1;
  }
}
