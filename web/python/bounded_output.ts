import type { Output } from "./runtime.ts";

export const outputLimits = { characters: 64 * 1024, lines: 2000, charts: 20 };

/**
 * Lets a run's output through until it is long enough for a page, then says so once and takes no more. `write` answers
 * whether more is wanted, so that a run can stop sending.
 */
export function boundedOutput(output: Output): Output {
  let characters = 0;
  let lines = 0;
  let charts = 0;
  let closed = false;
  return {
    write(stream, text) {
      if (closed) return false;
      const kept = fitting(text, outputLimits.characters - characters, outputLimits.lines - lines);
      characters += kept.length;
      lines += kept.split("\n").length - 1;
      output.write(stream, kept);
      closed = kept.length < text.length || lines >= outputLimits.lines;
      if (closed) output.write("stderr", `${kept.endsWith("\n") ? "" : "\n"}${notice()}\n`);
      return !closed;
    },
    plot(series) {
      charts++;
      if (charts <= outputLimits.charts) output.plot(series);
    },
  };
}

function notice(): string {
  const kilobytes = outputLimits.characters / 1024;
  return `[Output ends here: a cell shows at most ${outputLimits.lines.toLocaleString("en")} lines or ${kilobytes} KB.]`;
}

/** The start of `text` within both bounds. */
function fitting(text: string, characters: number, lines: number): string {
  let end = Math.min(text.length, characters);
  for (let at = text.indexOf("\n"), left = lines; at !== -1 && at < end; at = text.indexOf("\n", at + 1)) {
    left--;
    if (left === 0) end = at + 1;
  }
  return text.slice(0, end);
}
