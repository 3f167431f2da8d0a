import { html, type TemplateResult } from "lit";
import type { FormatInfo, Group, RoundTrip, ScaleType } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import { numberControl, rangeControl, selectControl, switchControl } from "./controls.ts";
import type { Change, Controls, DataTable, Instrument, InstrumentEngine, Readout } from "./instrument.ts";
import { quantizerPicture } from "./quantizer_picture.ts";
import { remember } from "./remember.ts";
import { choiceField, type Fields, flagField, numberField } from "./state.ts";
import { shortName } from "./words.ts";

const sizes = ["32", "64", "128", "256", "row"] as const;
const counts = ["2048", "4096", "8192", "10000", "16384"] as const;

type Size = (typeof sizes)[number];
type Count = (typeof counts)[number];

/** How many weights there are, and the matrix [rows, columns] that they fill when a row shares a scale. */
const shapes: Record<Count, readonly [rows: number, columns: number]> = {
  "2048": [32, 64],
  "4096": [64, 64],
  "8192": [64, 128],
  "10000": [100, 100],
  "16384": [128, 128],
};

/** Spread of the Gaussian bulk, as in Cell 2. */
const sigma = 0.02;
/** The bulk ends at four sigma. */
const bulk = 4 * sigma;
/** The window reaches a little beyond the largest weight. */
const margin = 1.03;
const modelParameters = 70e9;
/** An odd number, so that zero stands in the middle of a bin. */
const bins = 121;

/** A tensor of weights and the format it is put through. */
export interface State {
  format: string;
  /** What shares a scale. */
  group: "tensor" | Size;
  /** The size that the switch of group-wise scales returns to. */
  size: Size;
  scales: ScaleType;
  count: Count;
  outliers: number;
  outlierScale: number;
  seed: number;
  zoom: boolean;
  log: boolean;
}

export interface View {
  state: State;
  format: FormatInfo;
  weights: Float32Array;
  result: RoundTrip;
  /** Bounds of the picture. */
  window: readonly [minimum: number, maximum: number];
  /** Counts of the original and of the dequantized weights, in equal bins over the window. */
  original: Uint32Array;
  surviving: Uint32Array;
  /** The values that the format can represent, where one scale holds for the whole tensor and they can be told apart. */
  grid: Float32Array;
  modelBytes: number;
  /** Format and scales in a few words. */
  setting: string;
  /** What an earlier view leaves, in the same bins. */
  pinned: { setting: string; surviving: Uint32Array } | undefined;
  /** Magnitude past which a weight is no part of the bulk. */
  bulk: number;
}

function fieldsFor(formats: readonly FormatInfo[]): Fields<State> {
  const ids = formats.map(({ id }) => id);
  return {
    format: choiceField("int4", ids),
    group: choiceField<State["group"]>("tensor", ["tensor", ...sizes]),
    size: choiceField<Size>("64", sizes),
    scales: choiceField<ScaleType>("fp16", ["fp16", "fp32"]),
    count: choiceField<Count>("8192", counts),
    outliers: numberField(0.004, { minimum: 0, maximum: 0.02 }),
    outlierScale: numberField(6, { minimum: 1, maximum: 12 }),
    seed: numberField(0, { minimum: 0, maximum: 9999, integer: true }),
    zoom: flagField(false),
    log: flagField(true),
  };
}

function groupOf({ group }: State): Group {
  return group === "tensor" || group === "row" ? group : Number(group);
}

/** What an open instrument works with. */
interface Bench {
  engine: InstrumentEngine;
  formats: readonly FormatInfo[];
  sampleWeights(sample: Parameters<InstrumentEngine["sampleWeights"]>[0]): Promise<Float32Array>;
}

async function compute(bench: Bench, state: State, earlier?: View): Promise<View> {
  const format = bench.formats.find(({ id }) => id === state.format) as FormatInfo;
  const scaling = format.grouped ? { group: groupOf(state), scales: state.scales } : {};
  const [rows, cols] = shapes[state.count];
  const shape = state.group === "row" ? { rows, cols } : {};
  const weights = await bench.sampleWeights({
    count: Number(state.count),
    sigma,
    outlierFraction: state.outliers,
    outlierScale: state.outlierScale,
    seed: state.seed,
  });
  const [{ absmax }, result, modelBytes] = await Promise.all([
    bench.engine.statistics(weights),
    bench.engine.roundTrip(weights, { format: format.id, ...scaling, ...shape }),
    bench.engine.weightMemory({ parameters: modelParameters, format: format.id, ...scaling }),
  ]);
  const reach = state.zoom ? bulk : margin * absmax;
  const range = { bins, min: -reach, max: reach };
  const oneGrid = format.grouped && state.group === "tensor" && format.levels <= 256;
  const [original, surviving, earlierSurviving, grid] = await Promise.all([
    bench.engine.histogram(weights, range),
    bench.engine.histogram(result.dequantized, range),
    earlier && bench.engine.histogram(earlier.result.dequantized, range),
    oneGrid ? bench.engine.levels({ format: format.id, absmax, scales: state.scales }) : new Float32Array(),
  ]);
  const setting = `${shortName(format)}, ${scalesText(state, format)}`;
  const pinned = earlier && earlierSurviving && { setting: earlier.setting, surviving: earlierSurviving };
  const window = [-reach, reach] as const;
  return {
    state,
    format,
    weights,
    result,
    window,
    original,
    surviving,
    grid,
    modelBytes,
    setting,
    bulk,
    pinned,
  };
}

/** Opens Instrument 7.2: a tensor of weights through a number format. */
export async function open(engine: InstrumentEngine): Promise<Instrument<State, View>> {
  const formats = await engine.formats();
  const bench: Bench = { engine, formats, sampleWeights: remember(engine.sampleWeights, 4) };
  return {
    fields: fieldsFor(formats),
    pins: true,
    compute: (state, earlier) => compute(bench, state, earlier),
    controls: (state, change) => controls(formats, state, change),
    pictures: (view, { width }) => [quantizerPicture(view, width)],
    readouts,
    table,
    summary: ({ setting, result }) =>
      `${setting}: RMS error ${errorText(result.rmse)}, ` +
      `${result.levelsUsed} values in use, ${formatFigure(result.bitsPerWeight, "fixed 2")} bits per weight.`,
  };
}

function controls(formats: readonly FormatInfo[], state: State, change: Change<State>): Controls {
  const more = html`<div class="control-row">${sampleControls(state, change)}</div>
    <div class="control-row">
      ${switchControl({ name: "zoom", label: "Zoom on the bulk", value: state.zoom, change: (zoom) => change({ zoom }) })}
      ${switchControl({ name: "log", label: "Log counts", value: state.log, change: (log) => change({ log }) })}
    </div>`;
  return { main: html`<div class="control-row">${formatControls(formats, state, change)}</div>`, more };
}

function options(values: readonly string[], text: (value: string) => string) {
  return values.map((value) => ({ value, text: text(value) }));
}

function formatControls(formats: readonly FormatInfo[], state: State, change: Change<State>): TemplateResult {
  const grouped = formats.find(({ id }) => id === state.format)?.grouped ?? false;
  const groupWise = state.group !== "tensor";
  const size = state.group === "tensor" ? state.size : state.group;
  return html`
    ${selectControl({
      name: "format",
      label: "Format",
      value: state.format,
      options: formats.map(({ id, name }) => ({ value: id, text: name })),
      change: (format) => change({ format }),
    })}
    ${switchControl({
      name: "group-wise",
      label: "Group-wise scales",
      value: groupWise,
      disabled: !grouped,
      change: (on) => change({ group: on ? size : "tensor", size }),
    })}
    ${selectControl({
      name: "group",
      label: "Group size",
      value: size,
      disabled: !(grouped && groupWise),
      options: options(sizes, (text) => (text === "row" ? `row of ${shapes[state.count][1]}` : text)),
      change: (chosen) => change({ group: chosen as Size }),
    })}
    ${selectControl({
      name: "scales",
      label: "Scales",
      value: state.scales,
      disabled: !grouped,
      options: options(["fp16", "fp32"], (type) => type.toUpperCase()),
      change: (scales) => change({ scales: scales as ScaleType }),
    })}`;
}

/** The weights themselves: how many, and how wild. */
function sampleControls(state: State, change: Change<State>): TemplateResult {
  return html`
    ${selectControl({
      name: "count",
      label: "Weights",
      value: state.count,
      options: options(counts, (count) => formatFigure(Number(count), "integer")),
      change: (count) => change({ count: count as Count }),
    })}
    ${rangeControl({
      name: "outliers",
      label: "Outlier share",
      value: state.outliers,
      minimum: 0,
      maximum: 0.02,
      step: 0.001,
      text: formatFigure(state.outliers, "percent 1"),
      change: (outliers) => change({ outliers }),
    })}
    ${rangeControl({
      name: "outlier-size",
      label: "Outlier size",
      value: state.outlierScale,
      minimum: 1,
      maximum: 12,
      step: 0.5,
      text: `× ${state.outlierScale}`,
      change: (outlierScale) => change({ outlierScale }),
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

/** The granularity of the scales in words. */
function scalesText({ group, count }: State, { grouped }: FormatInfo): string {
  if (!grouped) return "no scale";
  if (group === "tensor") return "one scale";
  return group === "row" ? `a scale per row of ${shapes[count][1]}` : `a scale per ${group} weights`;
}

/** An error in the digits of Cell 2, or in a power of ten where these are too few. */
function errorText(error: number): string {
  return formatFigure(error, error === 0 || error >= 0.0001 ? "fixed 6" : "scientific 2");
}

function readouts({ state, format, result, modelBytes }: View): Readout[] {
  return [
    {
      name: "levels",
      label: "Levels",
      value: formatFigure(format.levels, "integer"),
      note: `${formatFigure(result.levelsUsed, "integer")} in use`,
    },
    { name: "rms-error", label: "RMS error", value: errorText(result.rmse) },
    { name: "sqnr", label: "SQNR", value: formatFigure(result.sqnrDb, "fixed 1"), unit: "dB" },
    {
      name: "bits-per-weight",
      label: "Bits per weight",
      value: formatFigure(result.bitsPerWeight, "fixed 3"),
      note: scalesText(state, format),
    },
    { name: "weight-memory", label: "70B model weight memory", value: formatFigure(modelBytes, "bytes 1") },
  ];
}

/** The bins of the picture, those left out where nothing stands. */
function table({ window, original, surviving, setting, pinned }: View): DataTable {
  const [minimum, maximum] = window;
  const edge = (index: number) => formatFigure(minimum + ((maximum - minimum) * index) / bins, "fixed 4");
  const counts = [original, surviving, ...(pinned ? [pinned.surviving] : [])];
  const rows = Array.from(original.keys())
    .filter((bin) => counts.some((count) => count[bin]))
    .map((bin) => [
      edge(bin),
      edge(bin + 1),
      ...counts.map((count) => formatFigure(count[bin] ?? 0, "integer")),
    ]);
  return {
    caption: `Weights in each bin of the picture: ${setting}`,
    columns: ["From", "to", "Original", "Surviving", ...(pinned ? [`Pinned: ${pinned.setting}`] : [])],
    rows,
  };
}
