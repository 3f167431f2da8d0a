import { html, type TemplateResult } from "lit";
import type { CompressedLayer, Recipe } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import { numberControl, pairControl, rangeControl, selectControl, switchControl } from "./controls.ts";
import { type DrawnLayer, layerDrawing, type Measure, measuring } from "./drawn_layer.ts";
import type { Change, Controls, DataTable, InstrumentModule, Readout } from "./instrument.ts";
import { channelsPicture, lossPicture } from "./outlier_migration_pictures.ts";
import { tensorChoice } from "./shared_tensor.ts";
import { choiceField, type Fields, flagField, numberField } from "./state.ts";
import { valueText } from "./words.ts";

/** The layer: small, so that every change is answered at once. */
const shape = {
  outputs: 128,
  inputs: 64,
  tokens: 256,
  heldOutTokens: 256,
  heavyTokens: 0,
  channelSpread: 0.3,
};

/** The exponents of the curves. */
export const exponents = Array.from({ length: 21 }, (_, index) => index / 20);

/** Exponents that one step of work adds to the curves. */
const stride = 3;

const bounds = {
  threshold: { minimum: 0.5, maximum: 400 },
  outliers: { minimum: 0, maximum: 0.2 },
  size: { minimum: 1, maximum: 100 },
  seed: { minimum: 0, maximum: 9999, integer: true },
};

const migrations = ["smoothquant", "awq"] as const;
export type Migration = (typeof migrations)[number];

/** What each migration is called, and what it stores. */
export const names: Record<Migration, string> = { smoothquant: "SmoothQuant", awq: "AWQ" };

export interface State {
  /** The method whose scales the first picture shows. */
  method: Migration;
  /** The exponent of both. */
  alpha: number;
  /** Of LLM.int8. */
  threshold: number;
  /** Where AWQ puts the weights. */
  format: "int4" | "int3";
  /** Whether activations have one static scale instead of one a token. */
  perTensor: boolean;
  outliers: number;
  /** Outlier channels are so many times as large as they would be, at most. */
  size: number;
  seed: number;
}

const fields: Fields<State> = {
  method: choiceField<Migration>("smoothquant", migrations),
  alpha: numberField(0.5, { minimum: 0, maximum: 1 }),
  threshold: numberField(6, bounds.threshold),
  format: choiceField<State["format"]>("int4", ["int4", "int3"]),
  perTensor: flagField(false),
  outliers: numberField(0.05, bounds.outliers),
  size: numberField(100, bounds.size),
  seed: numberField(7, bounds.seed),
};

/** The largest magnitudes of each channel, before its scale moves and after. */
export interface Maxima {
  activations: Float64Array;
  weights: Float64Array;
  scaledActivations: Float64Array;
  scaledWeights: Float64Array;
}

/** Errors of a migration at the exponents that are measured already. */
export type Curve = ReadonlyMap<number, CompressedLayer>;

export interface View {
  state: State;
  layer: DrawnLayer;
  isOwn: boolean;
  /** The chosen migration at α, and at both ends of α. */
  maxima: Maxima;
  ends: readonly Maxima[];
  scales: Float32Array;
  /** Channels that LLM.int8 carries in 16 bits, ascending. */
  lifted: readonly number[];
  /** Relative errors of the output on held-out tokens. */
  errors: Record<Migration | "plain" | "llmInt8" | "rounded", number>;
  curves: Record<Migration, Curve>;
}

function recipeOf(method: Migration, alpha: number, { format, perTensor }: State): Recipe {
  return method === "awq"
    ? { method, format, group: "row", alpha, clip: false }
    : { method, alpha, perTensor };
}

function maximaOf({ trace }: CompressedLayer): Maxima {
  const series = (name: string) => trace[name] ?? new Float64Array();
  return {
    activations: series("activationMaxima"),
    weights: series("weightMaxima"),
    scaledActivations: series("scaledActivationMaxima"),
    scaledWeights: series("scaledWeightMaxima"),
  };
}

async function viewOf(measure: Measure, state: State, layer: DrawnLayer, isOwn: boolean): Promise<View> {
  const { method, alpha, threshold, format, perTensor } = state;
  const other: Migration = method === "awq" ? "smoothquant" : "awq";
  const [chosen, first, last, beside, plain, llmInt8, rounded] = await Promise.all([
    measure(layer, recipeOf(method, alpha, state)),
    measure(layer, recipeOf(method, 0, state)),
    measure(layer, recipeOf(method, 1, state)),
    measure(layer, recipeOf(other, alpha, state)),
    measure(layer, { method: "smoothquant", smooth: false, perTensor }),
    measure(layer, { method: "llm_int8", threshold }),
    measure(layer, { method: "rtn", format, group: "row" }),
  ]);
  return {
    state,
    layer,
    isOwn,
    maxima: maximaOf(chosen),
    ends: [maximaOf(first), maximaOf(last)],
    scales: chosen.inputScales ?? new Float32Array(),
    lifted: [...(llmInt8.trace.outlierInputs ?? [])],
    errors: {
      smoothquant: (method === "smoothquant" ? chosen : beside).outputError,
      awq: (method === "awq" ? chosen : beside).outputError,
      plain: plain.outputError,
      llmInt8: llmInt8.outputError,
      rounded: rounded.outputError,
    },
    curves: { smoothquant: new Map(), awq: new Map() },
  };
}

/** Both curves with the next exponents; nothing where they are whole. */
function longerCurves(measure: Measure, view: View): Promise<View> | undefined {
  const next = exponents.filter((alpha) => !view.curves.awq.has(alpha)).slice(0, stride);
  if (next.length === 0) return undefined;
  const longer = async (method: Migration) => {
    const points = next.map(
      async (alpha) => [alpha, await measure(view.layer, recipeOf(method, alpha, view.state))] as const,
    );
    return new Map([...view.curves[method], ...(await Promise.all(points))]);
  };
  return Promise.all(migrations.map(longer)).then(([smoothquant, awq]) => ({
    ...view,
    curves: { smoothquant: smoothquant as Curve, awq: awq as Curve },
  }));
}

/** The exponent that lost least on the calibration set, the first of equal ones; none before all are measured. */
export function bestOf(curve: Curve): { alpha: number; answer: CompressedLayer } | undefined {
  if (curve.size < exponents.length) return undefined;
  return [...curve]
    .map(([alpha, answer]) => ({ alpha, answer }))
    .reduce((best, point) => (point.answer.calibrationError < best.answer.calibrationError ? point : best));
}

/** Opens Instrument 7.7: what scales between activations and weights move, and what it is worth. */
export const open: InstrumentModule<State, View>["open"] = async (engine) => {
  const draw = layerDrawing(engine);
  const measure = measuring(engine, 64);
  return {
    fields,
    pins: false,
    async compute(state) {
      const own = tensorChoice.current;
      const { outliers, size, seed } = state;
      const layer = await draw(
        { ...shape, outlierChannels: outliers, outlierLeast: Math.min(size, 20), outlierMost: size, seed },
        own,
      );
      return viewOf(measure, state, layer, own !== undefined);
    },
    refine: (view) => longerCurves(measure, view),
    watch: (changed) => tensorChoice.subscribe(changed),
    controls,
    pictures: (view, { width, change }) => [channelsPicture(view, width), lossPicture(view, width, change)],
    readouts,
    notes,
    table,
    summary: ({ state, errors }) =>
      `At α ${alphaText(state.alpha)}: SmoothQuant ${errorText(errors.smoothquant)}, AWQ ${errorText(errors.awq)}, ` +
      `LLM.int8 ${errorText(errors.llmInt8)}, plain W8A8 ${errorText(errors.plain)} output error.`,
  };
};

/** A relative error. */
export function errorText(error: number): string {
  return formatFigure(error, "percent 2");
}

export function alphaText(alpha: number): string {
  return formatFigure(alpha, "fixed 2");
}

/** A magnitude, or a limit of magnitudes, to three digits. */
export function magnitudeText(value: number): string {
  return valueText(Number(value.toPrecision(3)));
}

function controls(state: State, change: Change<State>): Controls {
  const main = html`<div class="control-row">
      ${pairControl({
        name: "alpha",
        label: "Exponent α",
        value: state.alpha,
        minimum: 0,
        maximum: 1,
        step: 0.05,
        text: alphaText(state.alpha),
        change: (alpha) => change({ alpha }),
      })}
      ${pairControl({
        name: "threshold",
        label: "LLM.int8 threshold",
        value: state.threshold,
        ...bounds.threshold,
        step: 0.5,
        text: magnitudeText(state.threshold),
        logarithmic: true,
        change: (threshold) => change({ threshold }),
      })}
    </div>
    <div class="control-row">
      ${selectControl({
        name: "method",
        label: "Show the scales of",
        value: state.method,
        options: [
          { value: "smoothquant", text: "SmoothQuant: weights and activations in INT8" },
          { value: "awq", text: "AWQ: weights alone, in few bits" },
        ],
        change: (method) => change({ method: method as Migration }),
      })}
    </div>`;
  return { main, more: html`<div class="control-row">${layerControls(state, change)}</div>` };
}

/** The layer, and how it is quantized. */
function layerControls(state: State, change: Change<State>): TemplateResult {
  return html`
    ${rangeControl({
      name: "outliers",
      label: "Outlier channels",
      value: state.outliers,
      ...bounds.outliers,
      step: 0.01,
      text: formatFigure(state.outliers, "percent 0"),
      change: (outliers) => change({ outliers }),
    })}
    ${rangeControl({
      name: "outlier-size",
      label: "Outlier size",
      value: state.size,
      ...bounds.size,
      step: 1,
      text: `≤ × ${state.size}`,
      change: (size) => change({ size }),
    })}
    ${selectControl({
      name: "format",
      label: "AWQ’s weights",
      value: state.format,
      options: [
        { value: "int4", text: "INT4" },
        { value: "int3", text: "INT3" },
      ],
      change: (format) => change({ format: format as State["format"] }),
    })}
    ${numberControl({
      name: "seed",
      label: "Seed",
      value: state.seed,
      ...bounds.seed,
      step: 1,
      change: (seed) => change({ seed }),
    })}
    ${switchControl({
      name: "per-tensor",
      label: "One scale for all activations",
      value: state.perTensor,
      change: (perTensor) => change({ perTensor }),
    })}`;
}

/** Where the curve of a method has its lowest point. */
function bestText(curve: Curve): string {
  const best = bestOf(curve);
  return best ? `best at α ${alphaText(best.alpha)}: ${errorText(best.answer.outputError)}` : "best: …";
}

function readouts({ state, errors, curves, lifted, maxima }: View): Readout[] {
  const weights = state.format.toUpperCase();
  return [
    {
      name: "smoothquant-error",
      label: "SmoothQuant, W8A8",
      value: errorText(errors.smoothquant),
      note: bestText(curves.smoothquant),
    },
    {
      name: "plain-error",
      label: "Plain W8A8",
      value: errorText(errors.plain),
      note: "nothing moved",
    },
    {
      name: "llm-int8-error",
      label: "LLM.int8",
      value: errorText(errors.llmInt8),
      note: `${lifted.length} of ${maxima.weights.length} channels in 16 bits`,
    },
    {
      name: "awq-error",
      label: `AWQ, ${weights} weights`,
      value: errorText(errors.awq),
      note: bestText(curves.awq),
    },
    {
      name: "rounded-error",
      label: `Plain ${weights} weights`,
      value: errorText(errors.rounded),
      note: "rounded to nearest",
    },
  ];
}

/** What becomes of the loudest channel. */
function notes({ state, maxima, scales, layer, isOwn }: View): TemplateResult {
  const loudest = maxima.activations.indexOf(Math.max(...maxima.activations));
  const at = (values: ArrayLike<number>) => magnitudeText(values[loudest] ?? Number.NaN);
  return html`<p>
      Channel ${loudest} is the loudest. ${names[state.method]} divides its activations by
      ${at(scales)}: their peak goes from ${at(maxima.activations)} to ${at(maxima.scaledActivations)}. Its weights are
      multiplied by the same, and their peak goes from ${at(maxima.weights)} to ${at(maxima.scaledWeights)}. The product
      of the two is what it was.
    </p>
    <p data-source>Layer: ${layer.source}. Errors are ‖WX − Y‖ / ‖WX‖ on tokens that no method has seen.
    ${isOwn ? html`<button type="button" data-action="sample" @click=${() => tensorChoice.choose(undefined)}>Back to the sample</button>` : ""}</p>`;
}

function table({ state, maxima, scales, lifted }: View): DataTable {
  const text = (values: ArrayLike<number>, channel: number) => magnitudeText(values[channel] ?? Number.NaN);
  return {
    caption: `Channels under the scales of ${names[state.method]}, α ${alphaText(state.alpha)}`,
    columns: ["Channel", "max |X|", "max |W|", "scale s", "max |X / s|", "max |W s|", "LLM.int8"],
    rows: Array.from(maxima.activations.keys(), (channel) => [
      String(channel),
      text(maxima.activations, channel),
      text(maxima.weights, channel),
      text(scales, channel),
      text(maxima.scaledActivations, channel),
      text(maxima.scaledWeights, channel),
      lifted.includes(channel) ? "16 bits" : "8 bits",
    ]),
  };
}
