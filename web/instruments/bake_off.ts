import { html, type TemplateResult } from "lit";
import { formatFigure } from "../figures/format.ts";
import {
  bitWidths,
  blockFormats,
  type Choice,
  contenders,
  grids,
  groups,
  type Run,
  runsOf,
} from "./bake_off/contenders.ts";
import { type Outcome, Oven } from "./bake_off/oven.ts";
import { frontierPicture } from "./bake_off/picture.ts";
import { numberControl, selectControl, switchControl } from "./controls.ts";
import { type DrawnLayer, layerDrawing } from "./drawn_layer.ts";
import type { Change, Controls, DataTable, InstrumentModule, PanelOptions, Readout } from "./instrument.ts";
import { tensorChoice } from "./shared_tensor.ts";
import { choiceField, choicesField, type Fields, flagField, numberField } from "./state.ts";
import { meter } from "./your_weights/meter.ts";

/** The layer: as large as a second of work for each method allows. */
const shape = { outputs: 256, inputs: 512, tokens: 1024, heldOutTokens: 512 };

/** Workers at most: each holds a copy of the layer. */
const mostWorkers = 4;

const columns = ["run", "target", "bits", "error", "calibration"] as const;
type Column = (typeof columns)[number];

export interface State extends Choice {
  /** The run whose numbers are read out. */
  marked: string;
  seed: number;
  sort: Column;
  descending: boolean;
}

/** A run with what it came to, if it is over. */
export interface Row {
  run: Run;
  outcome: Outcome | undefined;
  isRunning: boolean;
}

export interface View {
  state: State;
  layer: DrawnLayer;
  isOwn: boolean;
  /** The chosen runs, in their order. */
  rows: readonly Row[];
  /** Those that no other beats both in bits and in error, fewest bits first. */
  frontier: readonly Row[];
  marked: Row | undefined;
  oven: Oven;
}

const fields: Fields<State> = {
  methods: choicesField(
    ["rtn", "gptq", "awq", "awq-gptq", "quip"],
    contenders.map(({ id }) => id),
  ),
  bits: choicesField(["2", "3", "4"], bitWidths),
  formats: choicesField([], blockFormats),
  group: choiceField<State["group"]>("128", groups),
  grid: choiceField<State["grid"]>("int", grids),
  marked: choiceField(
    "awq-gptq-3",
    contenders.flatMap(({ id, width }) =>
      width ? [id] : [...bitWidths, ...blockFormats].map((target) => `${id}-${target}`),
    ),
  ),
  seed: numberField(1, { minimum: 0, maximum: 9999, integer: true }),
  sort: choiceField<Column>("error", columns),
  descending: flagField(false),
};

/** What a run came to, where it came to something. */
export function answerOf({ outcome }: Row) {
  return outcome && "answer" in outcome ? outcome.answer : undefined;
}

/** The rows that no other beats both in bits and in error, fewest bits first. */
function frontierOf(rows: readonly Row[]): Row[] {
  const measured = rows.flatMap((row) => {
    const answer = answerOf(row);
    return answer ? [{ row, answer }] : [];
  });
  return measured
    .filter(({ answer: { bitsPerWeight, outputError } }) =>
      measured.every(
        ({ answer }) =>
          answer.bitsPerWeight > bitsPerWeight ||
          answer.outputError > outputError ||
          (answer.bitsPerWeight === bitsPerWeight && answer.outputError === outputError),
      ),
    )
    .sort((one, other) => one.answer.bitsPerWeight - other.answer.bitsPerWeight)
    .map(({ row }) => row);
}

/** Opens Instrument 7.11: methods, widths and groups on one layer, run in several workers. */
export const open: InstrumentModule<State, View>["open"] = async (engine, background, spawn) => {
  const draw = layerDrawing(engine);
  const count = Math.min(mostWorkers, Math.max(1, globalThis.navigator?.hardwareConcurrency ?? 1));
  const further = spawn ? Array.from({ length: count - 1 }, spawn) : [];
  const oven = new Oven([background, ...further]);

  function viewOf(state: State, layer: DrawnLayer, isOwn: boolean): View {
    const rows = runsOf(state).map((run) => ({
      run,
      outcome: oven.outcomeOf(layer, run),
      isRunning: oven.isRunning(layer, run),
    }));
    const marked = rows.find(({ run }) => run.id === state.marked) ?? rows[0];
    return { state, layer, isOwn, rows, frontier: frontierOf(rows), marked, oven };
  }

  return {
    fields,
    pins: false,
    async compute(state) {
      const own = tensorChoice.current;
      const layer = await draw({ ...shape, seed: state.seed }, own);
      return viewOf(state, layer, own !== undefined);
    },
    refine: ({ state, layer, isOwn, rows }) =>
      oven
        .advance(
          layer,
          rows.map(({ run }) => run),
        )
        ?.then(() => viewOf(state, layer, isOwn)),
    watch: (changed) => {
      // So much work begins with another tensor only when the reader comes here and says so.
      const ends = [tensorChoice.subscribe(() => oven.stop()), oven.subscribe(changed)];
      return () => {
        for (const end of ends) end();
      };
    },
    controls,
    pictures: (view, { width, change }) => [frontierPicture(view, width, (marked) => change({ marked }))],
    panels,
    readouts,
    notes,
    table,
    summary,
  };
};

function controls(state: State, change: Change<State>): Controls {
  const toggled = (names: readonly string[], name: string, on: boolean) =>
    on ? [...names, name] : names.filter((other) => other !== name);
  const main = html`<div class="control-row">
      ${selectControl({
        name: "group",
        label: "Scale for",
        value: state.group,
        options: groups.map((group) => ({
          value: group,
          text: group === "row" ? "a row" : `${group} weights`,
        })),
        change: (group) => change({ group: group as State["group"] }),
      })}
      ${selectControl({
        name: "grid",
        label: "Grid",
        value: state.grid,
        options: [
          { value: "int", text: "symmetric" },
          { value: "uint", text: "asymmetric" },
        ],
        change: (grid) => change({ grid: grid as State["grid"] }),
      })}
      ${numberControl({
        name: "seed",
        label: "Seed of the layer",
        value: state.seed,
        minimum: 0,
        maximum: 9999,
        step: 1,
        change: (seed) => change({ seed }),
      })}
    </div>
    <div class="control-row bake-choices" role="group" aria-label="Methods">
      ${contenders.map(({ id, name }) =>
        switchControl({
          name: `method-${id}`,
          label: name,
          value: state.methods.includes(id),
          change: (on) => change({ methods: toggled(state.methods, id, on) }),
        }),
      )}
    </div>
    <div class="control-row bake-choices" role="group" aria-label="Bits of the grids, and formats of blocks">
      ${bitWidths.map((bits) =>
        switchControl({
          name: `bits-${bits}`,
          label: `${bits} bits`,
          value: state.bits.includes(bits),
          change: (on) => change({ bits: toggled(state.bits, bits, on) }),
        }),
      )}
      ${blockFormats.map((format) =>
        switchControl({
          name: `format-${format}`,
          label: format.toUpperCase(),
          value: state.formats.includes(format),
          change: (on) => change({ formats: toggled(state.formats, format, on) }),
        }),
      )}
    </div>`;
  return { main, more: html`` };
}

const bitsText = (bits: number) => formatFigure(bits, "fixed 3");
const errorText = (error: number) => formatFigure(error, "percent 2");

type Numbers = NonNullable<ReturnType<typeof answerOf>>;

/** A number of a run, or a sign for why there is none. */
function figure(row: Row | undefined, write: (answer: Numbers) => string): string {
  if (row === undefined) return "—";
  const answer = answerOf(row);
  if (answer) return write(answer);
  return row.outcome ? "—" : "…";
}

function doneOf({ rows }: View): number {
  return rows.filter(({ outcome }) => outcome !== undefined).length;
}

function readouts(view: View): Readout[] {
  const { marked, frontier, rows } = view;
  const integer = (count: number) => formatFigure(count, "integer");
  return [
    {
      name: "output-error",
      label: "Output error",
      value: figure(marked, ({ outputError }) => errorText(outputError)),
      note: marked?.run.name ?? "choose a method",
    },
    {
      name: "bits-per-weight",
      label: "Bits per weight",
      value: figure(marked, ({ bitsPerWeight }) => bitsText(bitsPerWeight)),
      note: marked?.run.target ?? "",
    },
    {
      name: "frontier",
      label: "On the frontier",
      value: integer(frontier.length),
      note: frontier.map(({ run }) => run.name).join(", "),
    },
    { name: "measured", label: "Runs", value: `${integer(doneOf(view))} of ${integer(rows.length)}` },
  ];
}

/** How far the runs are, and how to stop them. */
function panels(view: View, _change: Change<State>, { live }: PanelOptions): TemplateResult {
  if (!live) return html``;
  const { rows, oven } = view;
  const done = doneOf(view);
  const isWhole = done === rows.length;
  const workers = oven.size === 1 ? "one worker" : `${oven.size} workers`;
  const words = isWhole
    ? `${done} runs, in ${workers}`
    : oven.isStopped
      ? `stopped after ${done} of ${rows.length}`
      : `${done} of ${rows.length}, in ${workers}`;
  return html`<div class="bake-progress">
    ${meter({ name: "bake-off", label: "Runs that are done", done, of: rows.length, words })}
    ${
      oven.isStopped
        ? html`<button type="button" data-action="resume" ?disabled=${isWhole} @click=${() => oven.resume()}>${done === 0 ? "Run" : "Go on"}</button>`
        : html`<button type="button" data-action="stop" ?disabled=${isWhole} @click=${() => oven.stop()}>Stop</button>`
    }
  </div>`;
}

function notes({ layer, marked, isOwn }: View): TemplateResult {
  const refusal = marked?.outcome && "refusal" in marked.outcome ? marked.outcome.refusal : undefined;
  return html`${refusal === undefined ? "" : html`<p>The engine refuses ${marked?.run.name}: ${refusal}.</p>`}
    <p data-source>Layer: ${layer.source}, ${formatFigure(layer.calibration.rows, "integer")} tokens to calibrate on, errors on
    ${formatFigure(layer.heldOut?.rows ?? 0, "integer")} others.
    ${isOwn ? html`<button type="button" data-action="sample" @click=${() => tensorChoice.choose(undefined)}>Back to the sample</button>` : ""}</p>`;
}

/** The rows by a column; those without a number stand last either way. */
function ordered({ rows, state }: View): Row[] {
  const sign = state.descending ? -1 : 1;
  const number = (row: Row) => {
    const answer = answerOf(row);
    if (answer === undefined) return Number.NaN;
    if (state.sort === "bits") return answer.bitsPerWeight;
    return state.sort === "calibration" ? answer.calibrationError : answer.outputError;
  };
  return rows.toSorted((one, other) => {
    if (state.sort === "run")
      return sign * one.run.name.localeCompare(other.run.name, "en", { numeric: true });
    if (state.sort === "target") return sign * one.run.target.localeCompare(other.run.target, "en");
    const [left, right] = [number(one), number(other)];
    if (Number.isNaN(left) || Number.isNaN(right))
      return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
    return sign * (left - right);
  });
}

function table(view: View, change: Change<State>): DataTable {
  const { state, marked, frontier } = view;
  const rows = ordered(view);
  return {
    caption: "Methods on the layer, with the bits they store and the error of its output",
    columns: ["Method and bits", "Stored as", "Bits per weight", "Output error", "On calibration"],
    rows: rows.map((row) => [
      frontier.includes(row) ? `${row.run.name} ◆` : row.run.name,
      row.run.target,
      figure(row, ({ bitsPerWeight }) => bitsText(bitsPerWeight)),
      figure(row, ({ outputError }) => errorText(outputError)),
      figure(row, ({ calibrationError }) => errorText(calibrationError)),
    ]),
    order: {
      column: columns.indexOf(state.sort),
      descending: state.descending,
      marked: marked === undefined ? -1 : rows.indexOf(marked),
      sort(column) {
        const sort = columns[column] ?? state.sort;
        change({ sort, descending: sort === state.sort && !state.descending });
      },
      mark(row) {
        const chosen = rows[row];
        if (chosen) change({ marked: chosen.run.id });
      },
    },
  };
}

function summary(view: View): string {
  const { marked, rows, oven } = view;
  const progress = `${doneOf(view)} of ${rows.length} runs done${oven.isStopped ? ", stopped" : ""}.`;
  if (marked === undefined) return `No method is chosen. ${progress}`;
  const error = figure(marked, ({ outputError }) => errorText(outputError));
  const bits = figure(marked, ({ bitsPerWeight }) => bitsText(bitsPerWeight));
  return `${marked.run.name}: output error ${error} at ${bits} bits per weight. ${progress}`;
}
