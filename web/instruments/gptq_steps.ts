import { html, type TemplateResult } from "lit";
import { formatFigure } from "../figures/format.ts";
import { type Cell, HoveredCell } from "./cell_surface.ts";
import { numberControl, pairControl, rangeControl, selectControl, switchControl } from "./controls.ts";
import { errorsPicture, sweepPicture } from "./gptq_steps_picture.ts";
import { inputs, outputs, type Sweep, type SweepSettings, sweep } from "./gptq_sweep.ts";
import type { Change, Controls, DataTable, Instrument, InstrumentEngine, Readout } from "./instrument.ts";
import { remember } from "./remember.ts";
import { choiceField, type Fields, flagField, numberField } from "./state.ts";

const formats = ["int2", "int3", "int4"] as const;
const dampingBounds = { minimum: 0.0001, maximum: 1 };
/** Milliseconds that a column is shown while the sweep plays. */
const beat = 900;

/** A sweep, how far it has come, and the weight that is explained. */
export interface State extends SweepSettings {
  format: (typeof formats)[number];
  /** Columns that are done. */
  step: number;
  /** The weight that is explained, counted from 1. */
  output: number;
  input: number;
}

const fields: Fields<State> = {
  step: numberField(3, { minimum: 0, maximum: inputs, integer: true }),
  format: choiceField<State["format"]>("int3", formats),
  activationOrder: flagField(false),
  damping: numberField(0.01, dampingBounds),
  correlation: numberField(0.8, { minimum: 0, maximum: 0.95 }),
  seed: numberField(1, { minimum: 0, maximum: 9999, integer: true }),
  output: numberField(2, { minimum: 1, maximum: outputs, integer: true }),
  input: numberField(4, { minimum: 1, maximum: inputs, integer: true }),
};

/** What the last rounding that concerns a weight made of it. */
export interface Explanation {
  cell: Cell;
  /** The column that was rounded: the weight's own, or the latest before it. */
  rounded: number;
  /** What was left over there, w − q. */
  error: number;
  /** Entries of the inverse Hessian of the columns still open: across to the weight's column, and on the diagonal. */
  across: number;
  diagonal: number;
  /** across / diagonal, and what the weight moved by. */
  share: number;
  move: number;
}

export interface View {
  state: State;
  sweep: Sweep;
  cell: Cell;
  /** None before the first step. */
  explanation: Explanation | undefined;
  isPlaying: boolean;
}

/** Asks how the weight at a cell came to stand where it stands after `step` columns. */
async function explain(
  engine: InstrumentEngine,
  { weight, factor }: Sweep,
  step: number,
  cell: Cell,
): Promise<Explanation | undefined> {
  if (step === 0) return undefined;
  const { row: output, column: place } = cell;
  const rounded = Math.min(place, step - 1);
  const [u, v] = [factor(rounded, rounded), factor(rounded, place)];
  const [error, across, diagonal, share] = await Promise.all([
    engine.sum({ a: weight(rounded, output, rounded), b: -weight(rounded + 1, output, rounded) }),
    engine.product({ a: u, b: v }),
    engine.product({ a: u, b: u }),
    engine.ratio({ numerator: v, denominator: u }),
  ]);
  const move = await engine.product({ a: -error, b: share });
  return { cell, rounded, error, across, diagonal, share, move };
}

/** Steps on by itself, a column a beat, until the end or until something else changes the step. */
class Player {
  #timer: ReturnType<typeof setInterval> | undefined;
  #step = 0;

  get isPlaying(): boolean {
    return this.#timer !== undefined;
  }

  play(from: number, change: Change<State>): void {
    this.#step = from < inputs ? from : 0;
    this.#timer = setInterval(() => change({ step: ++this.#step }), beat);
    change({ step: this.#step });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Stops where `step` is not the one that was asked for, or the last. */
  heed(step: number): void {
    if (step !== this.#step || step === inputs) this.stop();
  }
}

/** Opens Instrument 7.6: GPTQ on a small layer, column by column. */
export async function open(engine: InstrumentEngine): Promise<Instrument<State, View>> {
  const sweepOf = remember((settings: SweepSettings) => sweep(engine, settings), 8);
  const player = new Player();
  const hovered = new HoveredCell();

  async function compute(state: State): Promise<View> {
    player.heed(state.step);
    const { format, activationOrder, damping, correlation, seed } = state;
    const found = await sweepOf({ format, activationOrder, damping, correlation, seed });
    const cell = hovered.cell ?? {
      row: state.output - 1,
      column: found.order.indexOf(state.input - 1),
    };
    const explanation = await explain(engine, found, state.step, cell);
    return { state, sweep: found, cell, explanation, isPlaying: player.isPlaying };
  }

  const playOrPause = (state: State, change: Change<State>) => {
    if (!player.isPlaying) return player.play(state.step, change);
    player.stop();
    hovered.redraw();
  };

  return {
    fields,
    pins: false,
    compute,
    watch(changed) {
      hovered.redraw = changed;
      return () => player.stop();
    },
    controls: (state, change, view) => controls({ ...view, state }, change, () => playOrPause(state, change)),
    pictures(view, { width, change }) {
      const choose = ({ row, column }: Cell) =>
        change({ output: row + 1, input: inputAt(view.sweep, column) });
      return [
        sweepPicture(view, width, { hover: hovered.hover, choose }),
        errorsPicture(view, width, (step) => change({ step })),
      ];
    },
    readouts,
    notes,
    table,
    summary: (view) => `${columnText(view)}. ${errorsText(view)}`,
  };
}

/** The input at a place, as it is counted on the page. */
export function inputAt({ order }: Sweep, place: number): number {
  return (order[place] ?? 0) + 1;
}

function controls({ state, isPlaying }: View, change: Change<State>, playOrPause: () => void): Controls {
  const { step } = state;
  const go = (to: number) => () => change({ step: to });
  const main = html`<div class="control-row">
      ${rangeControl({
        name: "step",
        label: "Columns done",
        value: step,
        minimum: 0,
        maximum: inputs,
        step: 1,
        text: `${step} of ${inputs}`,
        change: (chosen) => change({ step: chosen }),
      })}
      <div class="line-buttons">
        <button type="button" data-action="back" ?disabled=${step === 0} @click=${go(step - 1)}>← Back</button>
        <button type="button" data-action="step" ?disabled=${step === inputs} @click=${go(step + 1)}>Step →</button>
        <button type="button" class="play-button" data-action="play" @click=${playOrPause}>${isPlaying ? "Pause" : "Play"}</button>
      </div>
    </div>
    <div class="control-row">
      ${selectControl({
        name: "format",
        label: "Grid",
        value: state.format,
        options: formats.map((format) => ({ value: format, text: format.toUpperCase() })),
        change: (format) => change({ format: format as State["format"] }),
      })}
      ${switchControl({
        name: "activation-order",
        label: "Largest activations first",
        value: state.activationOrder,
        change: (activationOrder) => change({ activationOrder }),
      })}
      ${pairControl({
        name: "damping",
        label: "Damping, share of the diagonal",
        shortLabel: "Damping",
        value: state.damping,
        ...dampingBounds,
        step: 0.0001,
        logarithmic: true,
        text: formatFigure(state.damping, "digits 2"),
        change: (damping) => change({ damping }),
      })}
    </div>`;
  return { main, more: html`<div class="control-row">${layerControls(state, change)}</div>` };
}

/** The layer that is drawn, and the weight that is explained. */
function layerControls(state: State, change: Change<State>): TemplateResult {
  return html`
    ${numberControl({
      name: "output",
      label: "Explain row",
      value: state.output,
      minimum: 1,
      maximum: outputs,
      step: 1,
      change: (output) => change({ output }),
    })}
    ${numberControl({
      name: "input",
      label: "and input",
      value: state.input,
      minimum: 1,
      maximum: inputs,
      step: 1,
      change: (input) => change({ input }),
    })}
    ${rangeControl({
      name: "correlation",
      label: "Correlation of neighbouring inputs",
      value: state.correlation,
      minimum: 0,
      maximum: 0.95,
      step: 0.05,
      text: formatFigure(state.correlation, "fixed 2"),
      change: (correlation) => change({ correlation }),
    })}
    ${numberControl({
      name: "seed",
      label: "Seed",
      value: state.seed,
      minimum: 0,
      maximum: 9999,
      step: 1,
      change: (seed) => change({ seed }),
    })}`;
}

const shareText = (error: number) => formatFigure(error, "percent 1");
const weightText = (weight: number) => formatFigure(weight, "fixed 3");
const entryText = (entry: number) => formatFigure(entry, "digits 3");

function errorsAt({ sweep: { errors } }: View, step: number): { gptq: string; nearest: string } {
  return { gptq: shareText(errors.gptq[step] ?? 0), nearest: shareText(errors.nearest[step] ?? 0) };
}

function readouts(view: View): Readout[] {
  const { state, sweep: found } = view;
  const { step } = state;
  const [now, end] = [errorsAt(view, step), errorsAt(view, inputs)];
  return [
    { name: "gptq-error", label: "Output error, GPTQ", value: now.gptq, note: `${end.gptq} at the end` },
    {
      name: "nearest-error",
      label: "Rounded to nearest",
      value: now.nearest,
      note: `${end.nearest} at the end`,
    },
    {
      name: "step",
      label: "Columns done",
      value: String(step),
      unit: `of ${inputs}`,
      note: step === 0 ? "none yet" : `the last is input ${inputAt(found, step - 1)}`,
    },
    {
      name: "cost",
      label: "Cost of this column",
      value: step === 0 ? "0" : entryText(found.losses[step - 1] ?? 0),
      note: "half its squared errors over H⁻¹’s diagonal",
    },
  ];
}

function columnText({ state: { step }, sweep: found }: View): string {
  if (step === 0) return "Nothing is rounded yet";
  return `Column ${step} of ${inputs}, input ${inputAt(found, step - 1)}, is rounded`;
}

function errorsText(view: View): string {
  const { gptq, nearest } = errorsAt(view, view.state.step);
  return `The layer’s output is off by ${gptq}; rounding the same columns to nearest, by ${nearest}.`;
}

/** How the chosen weight came to stand where it stands. */
function explanationText({ sweep: found, state: { step }, cell, explanation }: View): TemplateResult {
  const { row: output, column: place } = cell;
  const { weight } = found;
  const name = html`<strong>Row ${output + 1}, input ${inputAt(found, place)}</strong>`;
  const given = weightText(weight(0, output, place));
  if (explanation === undefined) return html`${name} stands at ${given}, as it was given.`;
  const { rounded, error, across, diagonal, share, move } = explanation;
  const source = inputAt(found, rounded);
  const before = weightText(weight(rounded, output, place));
  const after = weightText(weight(rounded + 1, output, place));
  if (rounded === place) {
    const came = place === 0 ? `is given as ${given}` : `was given as ${given} and came here as ${before}`;
    const end = place === inputs - 1 ? "and nobody is left to take it" : "for the open columns to make good";
    return html`${name} ${came}; it is rounded to the grid’s ${after}. That leaves
      <var>w</var> − <var>q</var> = ${weightText(error)}, ${end}. [H⁻¹]<sub>${source},${source}</sub> =
      ${entryText(diagonal)}: the smaller, the dearer an error in this column${
        place === step - 1
          ? ""
          : html`
      (column ${place + 1} of the sweep)`
      }.`;
  }
  const target = inputAt(found, place);
  return html`${name} moves from ${before} to ${after}. Rounding input ${source} of this row left
    <var>w</var> − <var>q</var> = ${weightText(error)}, of which this weight answers for the share
    [H⁻¹]<sub>${source},${target}</sub> / [H⁻¹]<sub>${source},${source}</sub> = ${entryText(across)} /
    ${entryText(diagonal)} = ${weightText(share)}: it moves by −⁠(${weightText(error)}) × ${weightText(share)} =
    ${weightText(move)}. It was given as ${given}.`;
}

function notes(view: View): TemplateResult {
  const { gptq, nearest } = view.sweep.heldOutErrors;
  return html`<p data-explanation>${explanationText(view)}</p>
    <p>
      Point at a weight, or choose it below, to see its sum. H⁻¹ is the inverse Hessian of the columns still open. On
      tokens that GPTQ has not seen, the finished layer is off by ${shareText(gptq)}, the one rounded to nearest by
      ${shareText(nearest)}.
    </p>`;
}

function table({ sweep: { order, losses, errors } }: View): DataTable {
  return {
    caption: "The sweep, column by column",
    columns: ["Column", "Input", "Cost", "Output error, GPTQ", "Rounded to nearest"],
    rows: order.map((input, place) => [
      String(place + 1),
      String(input + 1),
      entryText(losses[place] ?? 0),
      shareText(errors.gptq[place + 1] ?? 0),
      shareText(errors.nearest[place + 1] ?? 0),
    ]),
  };
}
