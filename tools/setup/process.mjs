import { spawn, spawnSync } from "node:child_process";
import { SetupError } from "./console.mjs";

/**
 * Runs a program to its end. Its output goes to the terminal, or line by line to `onLine`.
 * An interruption of this process is handed on to the program before this process ends.
 * @param {string} program
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions & { onLine?: (line: string) => void }} [options]
 * @returns {Promise<void>}
 * @throws {SetupError} when the program cannot be started or fails
 */
export function run(program, args, { onLine, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const output = onLine ? "pipe" : "inherit";
    const child = spawn(program, args, { stdio: ["ignore", output, output], ...options });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream && onLine) forEachLine(stream, onLine);
    }
    const interrupt = (/** @type {NodeJS.Signals} */ signal) => {
      child.kill(signal);
      process.exit(130);
    };
    process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
    child.on("error", (error) => reject(new SetupError(`${program} cannot be started: ${error.message}`)));
    child.on("close", (code, signal) => {
      process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
      if (code === 0) resolve();
      else reject(new SetupError(`${program} ${args.join(" ")}\nfailed (${signal ?? `exit code ${code}`}).`));
    });
  });
}

/**
 * @param {import("node:stream").Readable} stream
 * @param {(line: string) => void} onLine
 */
function forEachLine(stream, onLine) {
  let rest = "";
  stream.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  stream.on("end", () => {
    if (rest) onLine(rest);
  });
}

/**
 * The standard output of a program, or null where it is missing or fails.
 * @param {string} program
 * @param {string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} [options]
 */
export function output(program, args, options) {
  const stdio = /** @type {const} */ (["ignore", "pipe", "ignore"]);
  const { status, stdout } = spawnSync(program, args, { ...options, encoding: "utf8", stdio: [...stdio] });
  return status === 0 ? stdout : null;
}

/**
 * Runs a program whose output matters only when it fails: then its last lines are printed.
 * @param {string} program
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @param {(line: string) => boolean} [consume] sees each line first; the lines it takes (true) are not kept
 */
export async function runQuietly(program, args, options, consume) {
  const kept = /** @type {string[]} */ ([]);
  try {
    await run(program, args, { ...options, onLine: (line) => void (consume?.(line) || kept.push(line)) });
  } catch (error) {
    process.stderr.write(`${kept.slice(-200).join("\n")}\n`);
    throw error;
  }
}
