import { html, type TemplateResult } from "lit";
import type { FormatInfo, Group } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import { searchControl, selectControl } from "./controls.ts";
import type { Change, Controls, DataTable, InstrumentModule, Readout } from "./instrument.ts";
import { landscapePicture } from "./landscape_picture.ts";
import { type Measurement, measuring } from "./measurement.ts";
import { drawSample, firstSample } from "./sample_tensor.ts";
import { type SharedTensor, tensorChoice } from "./shared_tensor.ts";
import { choiceField, type Fields, flagField, textField } from "./state.ts";
import { tensorNote } from "./tensor_note.ts";
import { errorText, formatOptions, kindName, shortName } from "./words.ts";

const sizes = ["tensor", "32", "64", "128", "256", "row"] as const;
const longestText = 40;

/** The columns of the table: what each is called, and the number that it is ordered by. */
const columns = [
  { id: "format", title: "Format", value: undefined },
  { id: "kind", title: "Kind", value: undefined },
  { id: "bits", title: "Bits per weight", value: (cost: Measurement) => cost.bitsPerWeight },
  { id: "error", title: "RMS error", value: (cost: Measurement) => cost.rmse },
  { id: "sqnr", title: "SQNR, dB", value: (cost: Measurement) => cost.sqnrDb },
  { id: "gap", title: "Gap, dB", value: (cost: Measurement) => cost.gapDb },
] as const;

type Column = (typeof columns)[number]["id"];

/** Which formats are shown, how they are ordered, and which of them is marked. */
export interface State {
  format: string;
  /** Formats of one kind, or of all. */
  kind: string;
  /** Words that the name, the description or the source of a format must hold. */
  text: string;
  /** What shares a scale where the caller of a format chooses. */
  group: (typeof sizes)[number];
  sort: Column;
  descending: boolean;
}

/** A format with its cost on the tensor: not yet measured, measured, or refused in the engine's words. */
export interface Row {
  format: FormatInfo;
  cost: Measurement | undefined;
  refusal: string | undefined;
}

export interface View {
  state: State;
  tensor: SharedTensor;
  /** Whether the tensor is the reader's own. */
  isOwn: boolean;
  /** The formats that the filters leave, in the order of the table. */
  rows: Row[];
  /** The format that is marked, whether it is shown or not. */
  marked: Row;
}

function fieldsFor(formats: readonly FormatInfo[]): Fields<State> {
  const kinds = [...new Set(formats.map(({ kind }) => kind))];
  return {
    format: choiceField(
      "int4",
      formats.map(({ id }) => id),
    ),
    kind: choiceField("all", ["all", ...kinds]),
    text: textField(longestText),
    group: choiceField<State["group"]>("64", sizes),
    sort: choiceField<Column>(
      "gap",
      columns.map(({ id }) => id),
    ),
    descending: flagField(false),
  };
}

function groupOf({ group }: State): Group {
  return group === "tensor" || group === "row" ? group : Number(group);
}

/** Whether the filters leave a format: every word occurs in what is said of it. */
function isShown({ id, name, kind, description, source }: FormatInfo, state: State): boolean {
  if (state.kind !== "all" && kind !== state.kind) return false;
  const said = [id, name, kindName(kind), description, source].join(" ").toLowerCase();
  return state.text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}

/** The rows in the order of the state; those that have no number yet, or none at all, stand last either way. */
function ordered(rows: Row[], { sort, descending }: State): Row[] {
  const sign = descending ? -1 : 1;
  const value = columns.find(({ id }) => id === sort)?.value;
  if (value === undefined) {
    const key = ({ format }: Row) => (sort === "kind" ? kindName(format.kind) : format.name);
    return rows.toSorted((one, other) => sign * key(one).localeCompare(key(other), "en", { numeric: true }));
  }
  const place = ({ cost }: Row) => (cost === undefined ? Number.NaN : value(cost));
  return rows.toSorted((one, other) => {
    const [left, right] = [place(one), place(other)];
    if (Number.isNaN(left) || Number.isNaN(right))
      return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
    return left === right ? 0 : sign * (left < right ? -1 : 1);
  });
}

/** Opens the live landscape: every format of the engine on one tensor, measured one after another. */
export const open: InstrumentModule<State, View>["open"] = async (engine, background) => {
  const formats = await engine.formats();
  const sample = await drawSample(engine, firstSample);
  const costs = measuring(background);

  function view(state: State): View {
    const tensor = tensorChoice.current ?? sample;
    const isOwn = tensor !== sample;
    const row = (format: FormatInfo): Row => {
      const known = costs.known(tensor, format, groupOf(state));
      return { format, cost: known?.cost, refusal: known?.refusal };
    };
    const shown = formats.filter((format) => isShown(format, state)).map(row);
    const marked = row(formats.find(({ id }) => id === state.format) as FormatInfo);
    return { state, tensor, isOwn, rows: ordered(shown, state), marked };
  }

  return {
    fields: fieldsFor(formats),
    pins: false,
    compute: async (state) => view(state),
    refine: ({ state, tensor, isOwn, rows, marked }) => {
      // In the order of the registry: how the table is ordered says nothing before it is measured.
      const waiting = [
        marked,
        ...formats.flatMap((format) => rows.find((row) => row.format === format) ?? []),
      ];
      const next = waiting.find(({ cost, refusal }) => cost === undefined && refusal === undefined);
      if (next === undefined) return undefined;
      return costs.measure(tensor, next.format, groupOf(state), !isOwn).then(() => view(state));
    },
    watch: (changed) => tensorChoice.subscribe(changed),
    controls: (state, change) => controls(formats, state, change),
    pictures: (shown, { width, change }) => [landscapePicture(shown, width, (format) => change({ format }))],
    readouts,
    notes,
    table,
    summary,
  };
};

function controls(formats: readonly FormatInfo[], state: State, change: Change<State>): Controls {
  const kinds = [...new Set(formats.map(({ kind }) => kind))];
  const main = html`<div class="control-row">
    ${selectControl({
      name: "format",
      label: "Mark",
      value: state.format,
      options: formatOptions(formats),
      change: (format) => change({ format }),
    })}
    ${selectControl({
      name: "kind",
      label: "Show",
      value: state.kind,
      options: [
        { value: "all", text: "all kinds" },
        ...kinds.map((kind) => ({ value: kind, text: kindName(kind) })),
      ],
      change: (kind) => change({ kind }),
    })}
    ${searchControl({
      name: "text",
      label: "that mention",
      value: state.text,
      placeholder: "4-bit, Blackwell, llama.cpp …",
      longest: longestText,
      change: (text) => change({ text }),
    })}
    ${selectControl({
      name: "group",
      label: "Integer scales per",
      value: state.group,
      options: sizes.map((size) => ({
        value: size,
        text: size === "tensor" || size === "row" ? size : `${size} weights`,
      })),
      change: (group) => change({ group: group as State["group"] }),
    })}
  </div>`;
  return { main, more: html`` };
}

/** A number of a format, or a word for why there is none. */
function figure({ cost, refusal }: Row, write: (cost: Measurement) => string): string {
  if (cost !== undefined) return write(cost);
  return refusal === undefined ? "…" : "—";
}

const bitsText = ({ bitsPerWeight }: Measurement) => formatFigure(bitsPerWeight, "fixed 3");
const ratioText = ({ sqnrDb }: Measurement) => formatFigure(sqnrDb, "fixed 1");
const gapText = ({ gapDb }: Measurement) => formatFigure(gapDb, "fixed 1");

/** How many of the shown formats have an answer. */
function answered({ rows }: View): number {
  return rows.filter(({ cost, refusal }) => cost !== undefined || refusal !== undefined).length;
}

function readouts(view: View): Readout[] {
  const { marked, rows } = view;
  return [
    {
      name: "gap",
      label: "Gap to the bound",
      value: figure(marked, gapText),
      unit: "dB",
      note: shortName(marked.format),
    },
    { name: "sqnr", label: "SQNR", value: figure(marked, ratioText), unit: "dB" },
    { name: "rms-error", label: "RMS error", value: figure(marked, ({ rmse }) => errorText(rmse)) },
    { name: "bits-per-weight", label: "Bits per weight", value: figure(marked, bitsText) },
    {
      name: "measured",
      label: "Formats measured",
      value: `${formatFigure(answered(view), "integer")} of ${formatFigure(rows.length, "integer")}`,
    },
  ];
}

function notes({ tensor, isOwn, marked }: View): TemplateResult {
  const { format, refusal } = marked;
  return html`<p><strong>${format.name}</strong>: ${format.description}. <cite>${format.source}</cite></p>
    ${refusal === undefined ? "" : html`<p>On this tensor the engine refuses it: ${refusal}.</p>`}
    ${tensorNote(tensor, isOwn)}`;
}

function table({ state, tensor, rows, marked }: View, change: Change<State>): DataTable {
  return {
    caption: `Formats measured on ${tensor.source}`,
    columns: columns.map(({ title }) => title),
    rows: rows.map((row) => [
      row.format.name,
      kindName(row.format.kind),
      figure(row, bitsText),
      figure(row, ({ rmse }) => errorText(rmse)),
      figure(row, ratioText),
      figure(row, gapText),
    ]),
    order: {
      column: columns.findIndex(({ id }) => id === state.sort),
      descending: state.descending,
      marked: rows.findIndex(({ format }) => format === marked.format),
      sort(column) {
        const sort = columns[column]?.id ?? state.sort;
        change({ sort, descending: sort === state.sort && !state.descending });
      },
      mark(row) {
        const chosen = rows[row];
        if (chosen) change({ format: chosen.format.id });
      },
    },
  };
}

function summary(view: View): string {
  const { marked, rows } = view;
  const shown = `${formatFigure(rows.length, "integer")} formats shown, ${formatFigure(answered(view), "integer")} measured.`;
  return `${shortName(marked.format)}: ${figure(marked, gapText)} dB below the bound at ${figure(marked, bitsText)} bits. ${shown}`;
}
