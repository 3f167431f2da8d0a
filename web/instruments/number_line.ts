import { html, type TemplateResult } from "lit";
import type { CodeTable, FormatInfo, NearestCode } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import { binaryText, bitsOf, spelling } from "./code_words.ts";
import { bitControl, numberControl, rangeControl, selectControl } from "./controls.ts";
import {
  type FormatChoices,
  formatChoiceControls,
  formatChoiceFields,
  roundsToPowers,
} from "./format_choices.ts";
import type { Change, Controls, DataTable, Instrument, InstrumentEngine, Readout } from "./instrument.ts";
import { numberLinePicture } from "./number_line_picture.ts";
import { remember } from "./remember.ts";
import { choiceField, type Fields, numberField } from "./state.ts";
import { formatOptions, valueText } from "./words.ts";

/** More codes than this are a surface, whatever the zoom. */
const mostCodes = 256;
const numberBounds = { minimum: -1e30, maximum: 1e30 };
const absmaxBounds = { minimum: 1e-6, maximum: 1e6 };
const mostZoom = 40;

/** A format, the number that lands on it or the code that spells one, and the part of the line that is seen. */
export interface State extends FormatChoices {
  format: string;
  /** Whether the number is given, or the code by its bits. */
  given: "number" | "code";
  number: number;
  code: number;
  /** Largest magnitude of the block, from which formats with a scale take it. */
  absmax: number;
  /** How many times the line is doubled. */
  zoom: number;
  /** Middle of the window, as a part of the largest value. */
  center: number;
}

/** The scale of a block: what it is, and the code that stores it, if a code does. */
export interface BlockScale {
  value: number;
  code: number | undefined;
}

export interface View {
  state: State;
  format: FormatInfo;
  scale: BlockScale | undefined;
  /** The codes with the values that they spell by themselves, and under the scale. */
  plain: CodeTable;
  scaled: CodeTable;
  code: number;
  /** The number that lands: the one that is given, or the value of the code that is; none where it is no finite number. */
  number: number | undefined;
  landing: NearestCode | undefined;
  /** Largest finite magnitude under the scale. */
  reach: number;
  /** Bounds of the picture. */
  window: readonly [from: number, to: number];
}

function fieldsFor(formats: readonly FormatInfo[]): Fields<State> {
  return {
    format: choiceField(
      "mxfp4",
      formats.map(({ id }) => id),
    ),
    given: choiceField<State["given"]>("number", ["number", "code"]),
    number: numberField(-0.21, numberBounds),
    code: numberField(0, { minimum: 0, maximum: mostCodes - 1, integer: true }),
    absmax: numberField(0.6, absmaxBounds),
    ...formatChoiceFields,
    zoom: numberField(0, { minimum: 0, maximum: mostZoom, integer: true }),
    center: numberField(0, { minimum: -1, maximum: 1 }),
  };
}

/** What an open instrument works with. */
interface Bench {
  engine: InstrumentEngine;
  formats: readonly FormatInfo[];
  codes(options: Parameters<InstrumentEngine["codes"]>[0]): Promise<CodeTable>;
}

/** The scale that a block with that largest magnitude gets; none where a format has no scale. */
async function scaleOf(
  { engine, codes }: Bench,
  format: FormatInfo,
  { absmax, rule }: State,
): Promise<BlockScale | undefined> {
  switch (format.kind) {
    case "float":
      return undefined;
    case "microscaling": {
      const { code, scale } = await engine.microscale({ format: format.id, absmax, rule });
      return { value: scale, code };
    }
    default: {
      // The largest magnitude meets the largest value of the grid.
      const { values } = await codes({ format: format.id });
      const highest = values.reduce((most, value) => Math.max(most, value), 0);
      return { value: await engine.ratio({ numerator: absmax, denominator: highest }), code: undefined };
    }
  }
}

async function compute(bench: Bench, state: State): Promise<View> {
  const { engine } = bench;
  const format = bench.formats.find(({ id }) => id === state.format) as FormatInfo;
  const scale = await scaleOf(bench, format, state);
  const options = { format: format.id, ...(scale ? { scale: scale.value } : {}) };
  const [plain, scaled] = await Promise.all([bench.codes({ format: format.id }), bench.codes(options)]);
  const chosen = Math.min(state.code, scaled.values.length - 1);
  const given = state.given === "number" ? state.number : scaled.values[chosen];
  const number = given !== undefined && Number.isFinite(given) ? given : undefined;
  const landing =
    number === undefined
      ? undefined
      : await engine.nearestCode({ ...options, value: number, overflow: state.overflow });
  const reach = scaled.values.reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    0,
  );
  return {
    state,
    format,
    scale,
    plain,
    scaled,
    code: state.given === "code" || landing === undefined ? chosen : landing.code,
    number,
    landing,
    reach,
    window: windowOf(state, reach),
  };
}

/** The part of the line that a zoom and a middle show; all of it with a margin where nothing is doubled. */
function windowOf({ zoom, center }: State, reach: number): readonly [number, number] {
  const half = (1.06 * reach) / 2 ** zoom;
  const middle = zoom === 0 ? 0 : center * reach;
  return [middle - half, middle + half];
}

/** Opens Instrument 7.4: the values of a format on a line, and the bits that spell them. */
export async function open(engine: InstrumentEngine): Promise<Instrument<State, View>> {
  const formats = (await engine.formats()).filter(hasCodes);
  const bench: Bench = { engine, formats, codes: remember(engine.codes, 32) };
  return {
    fields: fieldsFor(formats),
    pins: false,
    compute: (state) => compute(bench, state),
    controls: (state, change, view) => controls(formats, { ...view, state }, change),
    pictures: (view, { width, change }) => [numberLinePicture(view, width, (center) => change({ center }))],
    readouts,
    notes,
    table,
    summary: (view) => `${landingText(view)} Code ${binaryText(view.scaled, view.code)}.`,
  };
}

/** Formats whose codes name values, few enough to be told apart. */
function hasCodes({ kind, levels }: FormatInfo): boolean {
  return kind !== "ggml" && kind !== "vector" && levels <= mostCodes;
}

function controls(formats: readonly FormatInfo[], view: View, change: Change<State>): Controls {
  return {
    main: html`<div class="control-row">${valueControls(formats, view, change)}</div>
      ${bitControls(view, change)}
      <div class="control-row">${windowControls(view, change)}</div>`,
    more: html``,
  };
}

function valueControls(formats: readonly FormatInfo[], view: View, change: Change<State>): TemplateResult {
  const { state, format, scale, number } = view;
  return html`
    ${selectControl({
      name: "format",
      label: "Format",
      value: state.format,
      options: formatOptions(formats),
      change: (chosen) => change({ format: chosen, given: "number", zoom: 0, center: 0 }),
    })}
    ${numberControl({
      name: "number",
      label: "Number",
      value: Number((number ?? state.number).toPrecision(6)),
      ...numberBounds,
      step: "any",
      change: (typed) => change({ given: "number", number: typed }),
    })}
    ${
      scale
        ? numberControl({
            name: "absmax",
            label: "Largest in the block",
            value: state.absmax,
            ...absmaxBounds,
            step: "any",
            change: (absmax) => change({ absmax }),
          })
        : ""
    }
    ${formatChoiceControls(format, state, change)}`;
}

/** The bits of the code, highest first, each of which a reader may turn, and what they spell. */
function bitControls({ plain, scaled, code }: View, change: Change<State>): TemplateResult {
  const toggles = bitsOf(scaled).map(({ field, place }, bit) =>
    bitControl({
      name: `bit-${bit}`,
      label: field === "sign" ? "sign bit" : `${field} bit ${place}`,
      field,
      sign: field === "code" ? String(place) : field.slice(0, 1),
      value: (code >> bit) % 2 === 1,
      change: () => change({ given: "code", code: code ^ (1 << bit) }),
    }),
  );
  return html`<div class="bits">
    <div class="bit-row" role="group" aria-label="Bits of the code">${toggles.reverse()}</div>
    <p class="spelling" data-spelling>${spelling(plain, code)}</p>
  </div>`;
}

/** Which part of the line is seen. */
function windowControls({ state, number, reach, scaled, code }: View, change: Change<State>): TemplateResult {
  const value = scaled.values[code];
  const move = (steps: number) => () => change({ center: state.center + steps / 2 ** (state.zoom + 1) });
  const middle = number ?? (value !== undefined && Number.isFinite(value) ? value : 0);
  return html`
    ${rangeControl({
      name: "zoom",
      label: "Zoom",
      value: state.zoom,
      minimum: 0,
      maximum: mostZoom,
      step: 1,
      text: `× ${formatFigure(2 ** state.zoom, state.zoom < 20 ? "integer" : "scientific 1")}`,
      change: (zoom) => change({ zoom }),
    })}
    <div class="line-buttons">
      <button type="button" data-action="left" ?disabled=${state.zoom === 0} @click=${move(-1)}>← Left</button>
      <button type="button" data-action="right" ?disabled=${state.zoom === 0} @click=${move(1)}>Right →</button>
      <button type="button" data-action="zoom-in" @click=${() => change({ zoom: state.zoom + 1, center: reach > 0 ? middle / reach : 0 })}>
        Nearer to the number
      </button>
      <button type="button" data-action="whole" ?disabled=${state.zoom === 0} @click=${() => change({ zoom: 0, center: 0 })}>
        Whole line
      </button>
    </div>`;
}

function readouts({ scaled, code, landing, scale, format }: View): Readout[] {
  const figure = (value: number | undefined) => (value === undefined ? "—" : valueText(value));
  const stored: Readout[] = scale
    ? [
        {
          name: "scale",
          label: "Block scale",
          value: valueText(scale.value),
          note:
            scale.code === undefined ? `${format.blockSize} weights share it` : `code ${scale.code}, 8 bits`,
        },
      ]
    : [];
  return [
    { name: "value", label: "Value", value: figure(scaled.values[code]), note: `code ${code}` },
    { name: "code", label: "Code", value: binaryText(scaled, code) },
    { name: "error", label: "Error", value: figure(landing && Math.abs(landing.error)) },
    ...stored,
    { name: "below", label: "Next below", value: figure(landing?.below) },
    { name: "above", label: "Next above", value: figure(landing?.above) },
  ];
}

/** Where the number lands and why, in a sentence or two. */
function landingText({ format, scaled, number, landing, code }: View): string {
  const name = format.name;
  if (number === undefined || landing === undefined) {
    return `This code of ${name} is no number, so nothing rounds to it.`;
  }
  const { value, below, above, error } = landing;
  const [typed, landed] = [valueText(number), valueText(value)];
  if (!Number.isFinite(value)) {
    const special = Number.isNaN(value) ? "“not a number”" : landed;
    return `${typed} is beyond the largest value of ${name}, and becomes ${special}.`;
  }
  if (error === 0) return `${typed} is a value of ${name}: nothing is lost.`;
  const magnitude = valueText(Math.abs(error));
  if (!Number.isFinite(below) || !Number.isFinite(above)) {
    return `${typed} is beyond the last value of ${name} on this side, ${landed}, and is cut short by ${magnitude}.`;
  }
  const between = `${typed} lies between ${valueText(below)} and ${valueText(above)}`;
  if (number - below === above - number) {
    const rule =
      code % 2 === 0 ? `whose code ${binaryText(scaled, code)} is even` : "as the format decides ties";
    return `${between}, exactly halfway: the tie goes to ${landed}, ${rule}.`;
  }
  return `${between}. The nearer is ${landed}, ${magnitude} away.`;
}

function notes(view: View): TemplateResult {
  const { format, scale, state, scaled, code } = view;
  const value = scaled.values[code] ?? Number.NaN;
  return html`<p data-landing>${landingText(view)}</p>
    ${
      scale && Number.isFinite(value)
        ? html`<p data-scale>
            Under a largest magnitude of ${valueText(state.absmax)} the scale is ${scaleText(format, scale)}, so that the
            code stands for ${valueText(view.plain.values[code] ?? Number.NaN)} × ${valueText(scale.value)} =
            ${valueText(value)}.
          </p>`
        : ""
    }
    <p><strong>${format.name}</strong>: ${format.description}. <cite>${format.source}</cite></p>`;
}

function scaleText(format: FormatInfo, { value, code }: BlockScale): string {
  if (code === undefined) return valueText(value);
  const stored = roundsToPowers(format) ? "the power of two" : "the small float";
  return `${valueText(value)}, ${stored} with the code ${code}`;
}

/** Every code with its value, alone and under the scale. */
function table({ format, scale, plain, scaled }: View): DataTable {
  return {
    caption: `The codes of ${format.name}`,
    columns: ["Code", "Bits", "Value", ...(scale ? [`× ${valueText(scale.value)}`] : [])],
    rows: Array.from(plain.values, (value, code) => [
      String(code),
      binaryText(plain, code),
      valueText(value),
      ...(scale ? [valueText(scaled.values[code] ?? Number.NaN)] : []),
    ]),
  };
}
