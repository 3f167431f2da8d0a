import { html, type TemplateResult } from "lit";
import type { CompressedLayer, SampledLayer } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import { type Cell, HoveredCell } from "./cell_surface.ts";
import { rangeControl, selectControl, wholeNumbers } from "./controls.ts";
import type { Change, Controls, DataTable, Instrument, InstrumentEngine, Readout } from "./instrument.ts";
import { errorsPicture, masksPicture } from "./prune_picture.ts";
import { remember } from "./remember.ts";
import { choiceField, type Fields, numberField } from "./state.ts";

/** Size of the layer, small enough for a mask to be seen weight by weight. */
export const outputs = 16;
export const inputs = 32;
const tokens = 256;

/** The methods, in the order of what they know: the weights, the activations too, how to make good what is lost. */
export const methods = [
  { id: "magnitude", name: "Magnitude", rule: "smallest |w| go" },
  { id: "wanda", name: "Wanda", rule: "smallest |w|·‖x‖ go" },
  { id: "sparsegpt", name: "SparseGPT", rule: "the survivors move" },
] as const;

type MethodId = (typeof methods)[number]["id"];

const patterns = ["share", "2:4", "4:8", "1:4"] as const;

type Pattern = (typeof patterns)[number];

const mostSparsity = 0.95;
/** Shares for which the curves are computed; between them they are straight. */
const shares = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, mostSparsity];

/** How much is pruned, of which layer, and the weight that is explained. */
export interface State {
  sparsity: number;
  /** A share anywhere, or n of every m neighbours. */
  pattern: Pattern;
  seed: number;
  /** The weight that is explained, counted from 1. */
  output: number;
  input: number;
}

const fields: Fields<State> = {
  sparsity: numberField(0.5, { minimum: 0, maximum: mostSparsity }),
  pattern: choiceField<Pattern>("share", patterns),
  seed: numberField(0, { minimum: 0, maximum: 9999, integer: true }),
  output: numberField(4, { minimum: 1, maximum: outputs, integer: true }),
  input: numberField(17, { minimum: 1, maximum: inputs, integer: true }),
};

/** The layer after a method. */
export interface Pruned {
  id: MethodId;
  name: string;
  rule: string;
  result: CompressedLayer;
  mask: Uint8Array;
  /** Weights that it keeps, and those of them that no other method keeps. */
  kept: number;
  alone: number;
}

/** Output errors over the shares of a layer, method by method. */
export interface Curve {
  id: MethodId;
  name: string;
  points: readonly { share: number; error: number }[];
}

export interface View {
  state: State;
  layer: SampledLayer;
  /** ‖x‖ of each input. */
  norms: Float64Array;
  pruned: readonly Pruned[];
  curves: readonly Curve[];
  /** The share that the pattern, or the state, prunes. */
  share: number;
  cell: Cell;
  /** |w| ‖x‖ of the weight that is explained. */
  score: number;
}

/** The share of zeros of each pattern. */
const patternShares: Record<Exclude<Pattern, "share">, number> = { "2:4": 0.5, "4:8": 0.5, "1:4": 0.75 };

/** What an open instrument works with. */
interface Bench {
  engine: InstrumentEngine;
  layer(seed: number): Promise<SampledLayer>;
  compress(seed: number, method: MethodId, pattern: Pattern, sparsity: number): Promise<CompressedLayer>;
}

function benchOn(engine: InstrumentEngine): Bench {
  const layer = remember(
    (seed: number) =>
      engine.sampleLayer({
        outputs,
        inputs,
        tokens,
        heldOutTokens: tokens,
        outlierChannels: 0.06,
        outlierLeast: 6,
        outlierMost: 20,
        seed,
      }),
    4,
  );
  return {
    engine,
    layer,
    compress: remember(async (seed: number, method: MethodId, pattern: Pattern, sparsity: number) => {
      const { weights, calibration, heldOut } = await layer(seed);
      const amount = pattern === "share" ? { sparsity } : { pattern };
      return engine.compressLayer({ weights, calibration, heldOut }, { method, ...amount });
    }, 200),
  };
}

/** How many weights a mask keeps, and how many of them no other mask does. */
function countKept(mask: Uint8Array, others: readonly Uint8Array[]): { kept: number; alone: number } {
  let [kept, alone] = [0, 0];
  for (const [i, keeps] of mask.entries()) {
    if (keeps === 0) continue;
    kept++;
    if (others.every((other) => other[i] === 0)) alone++;
  }
  return { kept, alone };
}

async function compute(bench: Bench, state: State, cell: Cell): Promise<View> {
  const { seed, pattern, sparsity } = state;
  const layer = await bench.layer(seed);
  const results = await Promise.all(methods.map(({ id }) => bench.compress(seed, id, pattern, sparsity)));
  const masks = results.map(({ mask }) => mask ?? new Uint8Array());
  const curves = await Promise.all(
    methods.map(async ({ id, name }) => {
      const points = shares.map(async (share) => {
        const { outputError } = await bench.compress(seed, id, "share", share);
        return { share, error: outputError };
      });
      return { id, name, points: await Promise.all(points) };
    }),
  );
  const norms = results[1]?.trace.inputNorms ?? new Float64Array();
  const weight = layer.weights.data[cell.row * inputs + cell.column] ?? Number.NaN;
  return {
    state,
    layer,
    norms,
    pruned: methods.map((method, index) => {
      const mask = masks[index] as Uint8Array;
      const others = masks.filter((other) => other !== mask);
      return { ...method, result: results[index] as CompressedLayer, mask, ...countKept(mask, others) };
    }),
    curves,
    share: pattern === "share" ? sparsity : patternShares[pattern],
    cell,
    score: await bench.engine.product({ a: Math.abs(weight), b: norms[cell.column] ?? Number.NaN }),
  };
}

/** Opens Instrument 7.9: what magnitude, Wanda and SparseGPT leave of a layer. */
export async function open(engine: InstrumentEngine): Promise<Instrument<State, View>> {
  const bench = benchOn(engine);
  const hovered = new HoveredCell();
  return {
    fields,
    pins: false,
    compute: (state) =>
      compute(bench, state, hovered.cell ?? { row: state.output - 1, column: state.input - 1 }),
    watch(changed) {
      hovered.redraw = changed;
      return () => {};
    },
    controls,
    pictures(view, { width, change }) {
      const choose = ({ row, column }: Cell) => change({ output: row + 1, input: column + 1 });
      return [
        masksPicture(view, width, { hover: hovered.hover, choose }),
        errorsPicture(view, width, (sparsity) => change({ pattern: "share", sparsity })),
      ];
    },
    readouts,
    notes,
    table,
    summary,
  };
}

const patternNames: Record<Pattern, string> = {
  share: "a share, anywhere",
  "2:4": "2:4 — two of every four stay",
  "4:8": "4:8 — four of every eight stay",
  "1:4": "1:4 — one of every four stays",
};

function controls(state: State, change: Change<State>): Controls {
  const main = html`<div class="control-row">
    ${rangeControl({
      name: "sparsity",
      label: "Sparsity",
      value: state.pattern === "share" ? state.sparsity : patternShares[state.pattern],
      minimum: 0,
      maximum: mostSparsity,
      step: 0.05,
      text: formatFigure(
        state.pattern === "share" ? state.sparsity : patternShares[state.pattern],
        "percent 0",
      ),
      change: (sparsity) => change({ sparsity, pattern: "share" }),
    })}
    ${selectControl({
      name: "pattern",
      label: "Zeros are",
      value: state.pattern,
      options: patterns.map((pattern) => ({ value: pattern, text: patternNames[pattern] })),
      change: (pattern) => change({ pattern: pattern as Pattern }),
    })}
  </div>`;
  const whole = wholeNumbers(state, change);
  const more = html`<div class="control-row">
    ${whole("output", "Explain row", 1, outputs)} ${whole("input", "and input", 1, inputs)}
    ${whole("seed", "Seed of the layer", 0, 9999)}
  </div>`;
  return { main, more };
}

export const errorText = (error: number) => formatFigure(error, "percent 1");

/** What matrix units make of the zeros. */
function speedOf(pattern: Pattern): { value: string; note: string } {
  return pattern === "2:4"
    ? { value: "≤ 2", note: "sparse tensor cores skip the zeros" }
    : { value: "1", note: "dense matrix units multiply by zero too" };
}

function readouts({ pruned, state }: View): Readout[] {
  const errors = pruned.map(({ id, name, result }) => ({
    name: `${id}-error`,
    label: name,
    value: errorText(result.outputError),
  }));
  const bits = pruned[1]?.result.bitsPerWeight ?? Number.NaN;
  const { value, note } = speedOf(state.pattern);
  return [
    ...errors.toReversed().map((readout, index) => ({
      ...readout,
      ...(index === 0 ? { note: "output error, unseen tokens" } : {}),
    })),
    {
      name: "bits-per-weight",
      label: "Stored, FP16",
      value: formatFigure(bits, "fixed 2"),
      unit: "bits",
      note: `a weight, ${state.pattern === "share" ? "a bitmap" : "positions"} included`,
    },
    { name: "speed", label: "Speed", value, unit: "×", note },
  ];
}

function keepers(pruned: readonly Pruned[], at: number): string {
  const names = pruned.filter(({ mask }) => mask[at] === 1).map(({ name }) => name);
  if (names.length === pruned.length) return "all three keep it";
  if (names.length === 0) return "all three prune it";
  return `${names.join(" and ")} ${names.length === 1 ? "keeps" : "keep"} it`;
}

function notes({ layer, norms, pruned, cell, score, state }: View): TemplateResult {
  const at = cell.row * inputs + cell.column;
  const weightText = (value = Number.NaN) => formatFigure(value, "fixed 4");
  const sparse = pruned.find(({ id }) => id === "sparsegpt");
  const moved = sparse?.mask[at] === 1 ? `, SparseGPT as ${weightText(sparse.result.weights.data[at])}` : "";
  const structured = state.pattern !== "share";
  return html`<p data-explanation>
      <strong>Row ${cell.row + 1}, input ${cell.column + 1}</strong>: <var>w</var> = ${weightText(layer.weights.data[at])},
      ‖<var>x</var>‖ = ${formatFigure(norms[cell.column] ?? Number.NaN, "fixed 1")}, and Wanda’s score
      ${formatFigure(score, "digits 3")}. ${capitalized(keepers(pruned, at))}${moved}.
    </p>
    <p>
      Magnitude compares ${structured ? "neighbours" : "the whole layer"} and looks at no input. Wanda compares
      ${structured ? "neighbours" : "within a row"}, loud inputs first. SparseGPT asks what
      each loss would cost once the survivors have made it good, and moves them so. Point at a weight to see who keeps it.
    </p>`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function table({ pruned }: View): DataTable {
  return {
    caption: "What each method leaves of the layer",
    columns: ["Method", "Kept", "Kept by no other", "Error, unseen", "Error, calibration", "Bits per weight"],
    rows: pruned.map(({ name, kept, alone, result }) => [
      name,
      String(kept),
      String(alone),
      errorText(result.outputError),
      errorText(result.calibrationError),
      formatFigure(result.bitsPerWeight, "fixed 2"),
    ]),
  };
}

function summary({ pruned, share, state }: View): string {
  const errors = pruned.map(({ name, result }) => `${name} ${errorText(result.outputError)}`).join(", ");
  const amount = state.pattern === "share" ? formatFigure(share, "percent 0") : state.pattern;
  return `${amount} pruned. Output error: ${errors}.`;
}
