import { html, type TemplateResult } from "lit";
import type { FormatInfo, Group, RoundTrip, ScaleType } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import { numberControl, rangeControl, selectControl, switchControl } from "./controls.ts";
import {
  type FormatChoices,
  formatChoiceControls,
  formatChoiceFields,
  overflows,
  roundsToPowers,
} from "./format_choices.ts";
import type { Change, Controls, DataTable, Instrument, InstrumentEngine, Readout } from "./instrument.ts";
import { quantizerPicture } from "./quantizer_picture.ts";
import { remember } from "./remember.ts";
import {
  columnsOf,
  counts,
  drawSample,
  firstSample,
  type Sample,
  sampleDeviation,
  shapeFor,
} from "./sample_tensor.ts";
import { type SharedTensor, tensorChoice } from "./shared_tensor.ts";
import { choiceField, type Fields, flagField, numberField } from "./state.ts";
import { tensorNote } from "./tensor_note.ts";
import { errorText, formatOptions, shortName } from "./words.ts";

const sizes = ["32", "64", "128", "256", "row"] as const;

type Size = (typeof sizes)[number];

/** The bulk ends at four standard deviations; the sample's is that of Cell 2, not that of what is drawn. */
const bulkDeviations = 4;
/** The window reaches a little beyond the largest weight. */
const margin = 1.03;
const modelParameters = 70e9;
/** An odd number, so that zero stands in the middle of a bin. */
const bins = 121;
/** Grids of more values than this are drawn nowhere: they would be a surface. */
const mostMarks = 4096;

/** A tensor of weights and the format it is put through. */
export interface State extends Sample, FormatChoices {
  format: string;
  /** What shares a scale. */
  group: "tensor" | Size;
  /** The size that the switch of group-wise scales returns to. */
  size: Size;
  scales: ScaleType;
  zoom: boolean;
  log: boolean;
}

export interface View {
  state: State;
  format: FormatInfo;
  tensor: SharedTensor;
  /** Whether the tensor is the reader's own. */
  isOwn: boolean;
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
    ...formatChoiceFields,
    count: choiceField(firstSample.count, counts),
    outliers: numberField(firstSample.outliers, { minimum: 0, maximum: 0.02 }),
    outlierScale: numberField(firstSample.outlierScale, { minimum: 1, maximum: 12 }),
    seed: numberField(firstSample.seed, { minimum: 0, maximum: 9999, integer: true }),
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
  drawSample(sample: Sample): Promise<SharedTensor>;
}

function sampleOf({ count, outliers, outlierScale, seed }: State): Sample {
  return { count, outliers, outlierScale, seed };
}

async function compute(bench: Bench, state: State, earlier?: View): Promise<View> {
  const { engine } = bench;
  const format = bench.formats.find(({ id }) => id === state.format) as FormatInfo;
  const own = tensorChoice.current;
  const tensor = own ?? (await bench.drawSample(sampleOf(state)));
  const { weights } = tensor;
  const scaling = format.grouped ? { group: groupOf(state), scales: state.scales } : {};
  const [{ absmax, standardDeviation }, result, modelBytes] = await Promise.all([
    engine.statistics(weights),
    engine.roundTrip(weights, {
      format: format.id,
      ...scaling,
      ...shapeFor(tensor, scaling.group, own === undefined),
      scaleRule: state.rule,
      overflow: state.overflow,
    }),
    engine.weightMemory({ parameters: modelParameters, format: format.id, ...scaling }),
  ]);
  const bulk = bulkDeviations * (own ? standardDeviation : sampleDeviation);
  const reach = (state.zoom ? bulk : margin * absmax) || 1;
  const range = { bins, min: -reach, max: reach };
  const [original, surviving, earlierSurviving, grid] = await Promise.all([
    engine.histogram(weights, range),
    engine.histogram(result.dequantized, range),
    earlier && engine.histogram(earlier.result.dequantized, range),
    gridOf(bench, format, state, absmax, result),
  ]);
  const setting = settingText(state, format);
  return {
    state,
    format,
    tensor,
    isOwn: own !== undefined,
    result,
    window: [-reach, reach],
    original,
    surviving,
    grid,
    modelBytes,
    setting,
    bulk,
    pinned: earlier && earlierSurviving && { setting: earlier.setting, surviving: earlierSurviving },
  };
}

/** The values that stand open to every weight of the tensor; none where each block has its own, or they are too many. */
async function gridOf(
  { engine }: Bench,
  format: FormatInfo,
  { group, scales }: State,
  absmax: number,
  { dequantized }: RoundTrip,
): Promise<Float32Array> {
  const isOne = format.grouped ? group === "tensor" : format.kind === "float";
  if (!isOne || format.levels > mostMarks) return new Float32Array();
  const grid = await engine.levels({ format: format.id, absmax, scales });
  if (!format.grouped) return grid;
  // An asymmetric grid depends on more of the weights than their largest magnitude.
  const values = new Set(grid);
  return dequantized.every((value) => values.has(value)) ? grid : new Float32Array();
}

/** Opens Instrument 7.2: a tensor of weights through a number format. */
export async function open(engine: InstrumentEngine): Promise<Instrument<State, View>> {
  const formats = await engine.formats();
  const bench: Bench = {
    engine,
    formats,
    drawSample: remember((sample: Sample) => drawSample(engine, sample), 4),
  };
  return {
    fields: fieldsFor(formats),
    pins: true,
    compute: (state, earlier) => compute(bench, state, earlier),
    watch: (changed) => tensorChoice.subscribe(changed),
    controls: (state, change) => controls(formats, state, change),
    pictures: (view, { width }) => [quantizerPicture(view, width)],
    readouts,
    notes,
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
  const format = formats.find(({ id }) => id === state.format) as FormatInfo;
  const { grouped } = format;
  const groupWise = state.group !== "tensor";
  const size = state.group === "tensor" ? state.size : state.group;
  return html`
    ${selectControl({
      name: "format",
      label: "Format",
      value: state.format,
      options: formatOptions(formats),
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
      options: options(sizes, (text) =>
        text === "row" ? `row of ${columnsOf(state, tensorChoice.current)}` : text,
      ),
      change: (chosen) => change({ group: chosen as Size }),
    })}
    ${selectControl({
      name: "scales",
      label: "Scales",
      value: state.scales,
      disabled: !grouped,
      options: options(["fp16", "fp32"], (type) => type.toUpperCase()),
      change: (scales) => change({ scales: scales as ScaleType }),
    })}
    ${formatChoiceControls(format, state, change)}`;
}

/** The weights themselves: how many, and how wild. The reader's own are what they are. */
function sampleControls(state: State, change: Change<State>): TemplateResult {
  const disabled = tensorChoice.current !== undefined;
  return html`
    ${selectControl({
      name: "count",
      disabled,
      label: "Weights",
      value: state.count,
      options: options(counts, (count) => formatFigure(Number(count), "integer")),
      change: (count) => change({ count: count as Sample["count"] }),
    })}
    ${rangeControl({
      name: "outliers",
      disabled,
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
      disabled,
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
      disabled,
      label: "Seed",
      value: state.seed,
      minimum: 0,
      maximum: 9999,
      step: 1,
      change: (seed) => change({ seed }),
    })}`;
}

/** Format and scales in a few words. */
function settingText(state: State, format: FormatInfo): string {
  const rule = roundsToPowers(format) && state.rule === "ceil" ? ", rounded up" : "";
  const overflow = overflows(format) && state.overflow === "ieee" ? ", overflow to infinity" : "";
  return `${shortName(format)}, ${scalesText(state, format)}${rule}${overflow}`;
}

/** The granularity of the scales in words. */
function scalesText(state: State, { grouped, blockSize, kind }: FormatInfo): string {
  if (!grouped && kind === "vector") return `vectors of ${blockSize}`;
  if (!grouped) return blockSize > 1 ? `blocks of ${blockSize}` : "no scale";
  if (state.group === "tensor") return "one scale";
  return state.group === "row"
    ? `a scale per row of ${columnsOf(state, tensorChoice.current)}`
    : `a scale per ${state.group} weights`;
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

/** What is stored, and where the weights come from. */
function notes({ format, tensor, isOwn }: View): TemplateResult {
  return html`<p><strong>${format.name}</strong>: ${format.description}. <cite>${format.source}</cite></p>
    ${tensorNote(tensor, isOwn)}`;
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
