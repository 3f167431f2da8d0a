import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";
import type { Engine } from "../../bindings/compression.ts";
import { boundedOutput } from "./bounded_output.ts";
import { drawChart } from "./chart.ts";
import { escapeHtml } from "./escape_html.ts";
import { textHtml } from "./output_html.ts";
import { verifyNumpyWheel } from "./pyodide_files.ts";
import { readPythonSources } from "./python_sources.ts";
import { type Output, type PythonRuntime, startPython } from "./runtime.ts";

export interface CellOutput {
  /** What belongs in the cell's `[data-output]`: a `<pre>` and, where the cell plots, `<div data-plot>`. */
  outputHtml: string;
  /** What the cell printed. */
  text: string;
  /** Whether it ran to its end. */
  finished: boolean;
}

/** Python under node, with the faces and the engine that the page has. NUMPY_WHEEL names NumPy's own wheel, if any. */
export async function startPythonInNode(engine: Engine): Promise<PythonRuntime> {
  const wheel = process.env.NUMPY_WHEEL;
  if (wheel) verifyNumpyWheel(wheel);
  return startPython({
    load: () => loadPyodide({ stdout: () => {}, stderr: () => {} }),
    sources: readPythonSources(),
    engine,
    numpyWheel: wheel ? readFileSync(wheel) : undefined,
  });
}

/** Runs one cell and gathers what it leaves under itself. `id` prefixes the ids of its charts. */
export function runCell(python: PythonRuntime, source: string, label: string, id: string): CellOutput {
  const pieces: string[] = [];
  const charts: string[] = [];
  let text = "";
  const output: Output = {
    write(stream, piece) {
      text += piece;
      pieces.push(textHtml(stream, piece));
      return true;
    },
    plot(series) {
      charts.push(drawChart(series, `${id}-chart-${charts.length + 1}`));
    },
  };
  const finished = python.run(source, `<${label}>`, boundedOutput(output));
  const region = `<pre tabindex="0" role="region" aria-label="Output of ${escapeHtml(label)}">`;
  const printed = pieces.length > 0 ? `${region}${pieces.join("")}</pre>` : "";
  const drawn = charts.length > 0 ? `<div data-plot>${charts.join("")}</div>` : "";
  return { outputHtml: printed + drawn, text, finished };
}

/** The outputs of a chapter's cells, in order, each run in a namespace of its own as in the page. */
export async function runCells(sources: string[], engine: Engine): Promise<CellOutput[]> {
  const python = await startPythonInNode(engine);
  return sources.map((source, i) => runCell(python, source, `cell ${i + 1}`, `cell-${i + 1}-build`));
}
