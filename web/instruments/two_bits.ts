import { html, type TemplateResult } from "lit";
import type { CodebookName, CodebookPlane, FittedCodebook } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import { type Cell, HoveredCell } from "./cell_surface.ts";
import { numberControl, rangeControl, selectControl, switchControl } from "./controls.ts";
import type { Change, Controls, DataTable, InstrumentModule, Readout } from "./instrument.ts";
import { tensorChoice } from "./shared_tensor.ts";
import { choiceField, type Fields, flagField, numberField } from "./state.ts";
import {
  type Bench,
  type Both,
  type Bound,
  benchOn,
  codeLength,
  onBoth,
  type Side,
  sides,
  size,
  type TwoBitLayer,
} from "./two_bits_layer.ts";
import { distortionPicture, distributionPicture } from "./two_bits_measures.ts";
import { planePicture } from "./two_bits_plane.ts";
import { valueText } from "./words.ts";

/** The codebooks, from a grid for each weight to points for eight, and what each is called. */
export const codebooks: readonly { id: CodebookName; name: string; layout: string }[] = [
  { id: "scalar", name: "Four levels", layout: "the best for each weight" },
  { id: "e8p", name: "E8P", layout: "QuIP#’s cut of a lattice" },
  { id: "aqlm", name: "AQLM", layout: "sums of learned vectors" },
];

const bounds = {
  outliers: { minimum: 0, maximum: 0.05 },
  outlierScale: { minimum: 1, maximum: 20 },
  row: { minimum: 1, maximum: size, integer: true },
  vector: { minimum: 1, maximum: size / codeLength, integer: true },
  coordinate: { minimum: 1, maximum: codeLength, integer: true },
  seed: { minimum: 0, maximum: 9999, integer: true },
};

export interface State {
  codebook: CodebookName;
  /** Whether the weights are turned before they are rounded. */
  turned: boolean;
  outliers: number;
  outlierScale: number;
  /** The row whose vectors are drawn, and the vector that is followed, counted from 1. */
  row: number;
  vector: number;
  /** The coordinates of the plane, counted from 1. */
  across: number;
  up: number;
  seed: number;
  /** Of the random signs of the rotations. */
  signs: number;
}

const fields: Fields<State> = {
  codebook: choiceField<CodebookName>(
    "e8p",
    codebooks.map(({ id }) => id),
  ),
  turned: flagField(true),
  outliers: numberField(0.01, bounds.outliers),
  outlierScale: numberField(8, bounds.outlierScale),
  row: numberField(1, bounds.row),
  vector: numberField(3, bounds.vector),
  across: numberField(1, bounds.coordinate),
  up: numberField(2, bounds.coordinate),
  seed: numberField(0, bounds.seed),
  signs: numberField(0, bounds.seed),
};

export interface View {
  state: State;
  source: string;
  isOwn: boolean;
  layer: TwoBitLayer;
  side: Side;
  /** Codebooks as far as they are fitted: AQLM learns for a while. */
  fits: Both<Partial<Record<CodebookName, FittedCodebook>>>;
  /** What is drawn of the chosen one, once there is one. */
  chosen: Chosen | undefined;
  /** Vectors of a row. */
  vectors: number;
  /** The row, and the vector that is followed, counted from 0. */
  cell: Cell;
  /** Coordinates of the plane, counted from 0. */
  axes: { across: number; up: number };
  bound: Bound;
}

/** The chosen codebook on the chosen side. */
interface Chosen {
  fit: FittedCodebook;
  plane: CodebookPlane;
  /** dB below the Gaussian bound at all of its bits. */
  gapDb: number;
}

/** The two coordinates of the plane, which differ. */
function axesOf({ across, up }: State): View["axes"] {
  return { across: across - 1, up: up === across ? across % codeLength : up - 1 };
}

/** Opens Instrument 7.8: three ways to lay 65,536 points into eight dimensions, and what each loses. */
export const open: InstrumentModule<State, View>["open"] = async (engine, background) => {
  const bench = benchOn(engine, background);
  const hovered = new HoveredCell();

  /** A view with what can be drawn of its codebook. */
  async function completed(view: Omit<View, "chosen">): Promise<View> {
    const fit = view.fits[view.side][view.state.codebook];
    if (fit === undefined) return { ...view, chosen: undefined };
    const through = fit.codes[view.cell.row * view.vectors + view.cell.column] ?? 0;
    const [plane, gapDb] = await Promise.all([
      bench.plane(fit, { ...view.axes, through }),
      engine.rateDistortionGap({ sqnrDb: fit.sqnrDb, bitsPerWeight: fit.bitsPerWeight }),
    ]);
    return { ...view, chosen: { fit, plane, gapDb } };
  }

  async function compute(state: State): Promise<View> {
    const own = tensorChoice.current;
    const { outliers, outlierScale, seed, signs } = state;
    const weights = own ? await bench.own(own) : await bench.draw({ outliers, outlierScale, seed });
    const layer = await bench.layer(weights, signs);
    const [fits, bound] = await Promise.all([onBoth((side) => fitsOf(bench, layer, side)), bench.bound()]);
    const vectors = Math.ceil(weights.cols / codeLength);
    const { row, column } = hovered.cell ?? { row: state.row - 1, column: state.vector - 1 };
    const drawn = `a drawn layer of ${size} × ${size}, seed ${seed}`;
    return completed({
      state,
      source: own ? `${weights.rows} × ${weights.cols} weights of ${own.source}` : drawn,
      isOwn: own !== undefined,
      layer,
      side: state.turned ? "turned" : "given",
      fits,
      vectors,
      cell: { row: Math.min(row, weights.rows - 1), column: Math.min(column, vectors - 1) },
      axes: axesOf(state),
      bound,
    });
  }

  /** The view with AQLM's next codebook, that of the chosen side first; nothing where both are learned. */
  function refine(view: View): Promise<View> | undefined {
    const order = view.side === "given" ? sides : sides.toReversed();
    const next = order.find((side) => view.fits[side].aqlm === undefined);
    if (next === undefined) return undefined;
    const weights = view.layer.weights[next];
    return bench.learn(weights).then(() => {
      const aqlm = bench.learned(weights);
      return aqlm
        ? completed({ ...view, fits: { ...view.fits, [next]: { ...view.fits[next], aqlm } } })
        : view;
    });
  }

  return {
    fields,
    pins: false,
    compute,
    refine,
    watch(changed) {
      hovered.redraw = changed;
      return tensorChoice.subscribe(changed);
    },
    controls,
    pictures: (view, { width, change }) => [
      distributionPicture(view, width),
      planePicture(view, width, {
        hover: hovered.hover,
        choose: ({ column }) => change({ vector: column + 1 }),
      }),
      distortionPicture(view, width, (codebook) => change({ codebook })),
    ],
    readouts,
    notes,
    table,
    summary,
  };
};

/** The codebooks that are there at once, and AQLM's if it is learned already. */
async function fitsOf(bench: Bench, layer: TwoBitLayer, side: Side): Promise<View["fits"][Side]> {
  const weights = layer.weights[side];
  const [scalar, e8p] = await Promise.all([bench.fit(weights, "scalar"), bench.fit(weights, "e8p")]);
  const aqlm = bench.learned(weights);
  return { scalar, e8p, ...(aqlm && { aqlm }) };
}

export const decibelText = (sqnrDb: number) => formatFigure(sqnrDb, "fixed 2");
export const lossText = (distortion: number) => formatFigure(distortion, "percent 1");
export const bitsText = (bits: number) => formatFigure(bits, "fixed 2");
const unknown = "…";

/** The name of the chosen codebook. */
export function nameOf({ state }: View): string {
  return codebooks.find(({ id }) => id === state.codebook)?.name ?? "";
}

function controls(state: State, change: Change<State>, { vectors, layer }: View): Controls {
  const main = html`<div class="control-row">
      ${selectControl({
        name: "codebook",
        label: "65,536 points",
        value: state.codebook,
        options: codebooks.map(({ id, name, layout }) => ({ value: id, text: `${name}: ${layout}` })),
        change: (codebook) => change({ codebook: codebook as CodebookName }),
      })}
      ${switchControl({
        name: "turned",
        label: "Turn the weights first",
        value: state.turned,
        change: (turned) => change({ turned }),
      })}
    </div>
    <div class="control-row">
      ${rangeControl({
        name: "outliers",
        label: "Outliers",
        value: state.outliers,
        ...bounds.outliers,
        step: 0.002,
        text: formatFigure(state.outliers, "percent 1"),
        change: (outliers) => change({ outliers }),
      })}
      ${rangeControl({
        name: "vector",
        label: "Follow vector",
        value: state.vector,
        minimum: 1,
        maximum: vectors,
        step: 1,
        text: `${state.vector} of row ${state.row}`,
        change: (vector) => change({ vector }),
      })}
    </div>`;
  return {
    main,
    more: html`<div class="control-row">${moreControls(state, change, layer.weights.given.rows)}</div>`,
  };
}

/** The plane, the row, and how the weights are drawn and turned. */
function moreControls(state: State, change: Change<State>, rows: number): TemplateResult {
  const coordinates = Array.from({ length: codeLength }, (_, index) => ({
    value: String(index + 1),
    text: `weight ${index + 1}`,
  }));
  const whole = (name: "row" | "seed" | "signs", label: string, minimum: number, maximum: number) =>
    numberControl({
      name,
      label,
      value: state[name],
      minimum,
      maximum,
      step: 1,
      change: (value) => change({ [name]: value }),
    });
  // Two coordinates that become one change places instead.
  const axis = (name: "across" | "up", other: "across" | "up", label: string) =>
    selectControl({
      name,
      label,
      value: String(state[name]),
      options: coordinates,
      change: (value) =>
        change({ [name]: Number(value), ...(Number(value) === state[other] && { [other]: state[name] }) }),
    });
  return html`${axis("across", "up", "Across")} ${axis("up", "across", "Up")}
    ${whole("row", "Row of the layer", 1, rows)}
    ${rangeControl({
      name: "outlier-scale",
      label: "Outlier size",
      value: state.outlierScale,
      ...bounds.outlierScale,
      step: 1,
      text: `× ${state.outlierScale}`,
      change: (outlierScale) => change({ outlierScale }),
    })}
    ${whole("seed", "Seed of the weights", 0, bounds.seed.maximum)}
    ${whole("signs", "Seed of the rotation", 0, bounds.seed.maximum)}`;
}

function readouts(view: View): Readout[] {
  const { chosen, layer, side, bound } = view;
  const other = side === "turned" ? "as given" : "turned";
  const { given, turned } = layer.tails;
  const [own, beside] = side === "turned" ? [turned, given] : [given, turned];
  const peakText = (peak: number) => formatFigure(peak, "fixed 1");
  return [
    {
      name: "distortion",
      label: `Lost to ${nameOf(view)}`,
      value: chosen ? lossText(chosen.fit.distortion) : unknown,
      note: chosen ? `${decibelText(chosen.fit.sqnrDb)} dB` : "learning its vectors",
    },
    {
      name: "gap",
      label: "Below the bound",
      value: chosen ? decibelText(chosen.gapDb) : unknown,
      unit: "dB",
      note: `at 2 bits: ${decibelText(bound.sqnrDb)} dB, ${formatFigure(bound.distortion, "percent 2")} lost`,
    },
    {
      name: "bits-per-weight",
      label: "Bits per weight",
      value: chosen ? bitsText(chosen.fit.bitsPerWeight) : unknown,
      note: "16 for eight, tables and scales counted",
    },
    {
      name: "peak",
      label: "Incoherence μ",
      value: peakText(own.peak),
      note: `largest ∕ RMS; ${other} ${peakText(beside.peak)}`,
    },
    {
      name: "kurtosis",
      label: "Kurtosis",
      value: peakText(own.kurtosis),
      note: `a Gaussian’s is 3; ${other} ${peakText(beside.kurtosis)}`,
    },
  ];
}

/** Where the eight weights stand in the layer, and which code they have. */
export function followedText({ cell, chosen, vectors }: View): string {
  const code = chosen?.fit.codes[cell.row * vectors + cell.column];
  const name = code === undefined ? "" : `, code ${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return `Row ${cell.row + 1}, vector ${cell.column + 1}${name}`;
}

/** What the marks of the plane mean for each codebook. */
function meaning({ state, chosen }: View): TemplateResult | string {
  if (chosen === undefined) return "Its two tables are being learned from the weights.";
  const { fit, plane } = chosen;
  if (state.codebook === "scalar") {
    const levels = Array.from(fit.parameters ?? [], (level) => formatFigure(level, "fixed 2")).join(", ");
    return html`Every weight goes to the nearest of ${levels} root mean squares: a grid of 4⁸ points, a good part of them
    in corners where no Gaussian vector ever is.`;
  }
  if (state.codebook === "aqlm") {
    return html`The amber path adds up a vector from each of two tables of 256 that were learned from the layer. In one so
    small they weigh heavily and learn its accidents as well; in one of 4096 × 4096 they would weigh next to nothing.`;
  }
  return html`The codebook has ${plane.places.rows} places along these two coordinates. With the other six as they are,
  ${plane.slice.rows} are left, the ringed ones: in this lattice no weight moves by a single step alone.`;
}

function notes(view: View): TemplateResult {
  return html`<p data-explanation><strong>${followedText(view)}.</strong> ${meaning(view)}</p>
    <p data-source>Weights: ${view.source}. Lost is Σ(w − ŵ)² ∕ Σw², without activations.
    ${view.isOwn ? html`<button type="button" data-action="sample" @click=${() => tensorChoice.choose(undefined)}>Back to the sample</button>` : ""}</p>`;
}

/** What is compared: plain rounding and the codebooks, each on both sides. */
export interface Contender {
  id: CodebookName | undefined;
  name: string;
  loss: Both<{ bitsPerWeight: number; sqnrDb: number; distortion: number } | undefined>;
}

export function contenders({ layer, fits }: View): Contender[] {
  return [
    { id: undefined, name: "INT2, groups of 64", loss: layer.rounded },
    ...codebooks.map(({ id, name }) => ({
      id,
      name,
      loss: { given: fits.given[id], turned: fits.turned[id] },
    })),
  ];
}

function table(view: View): DataTable {
  return {
    caption: "What two bits lose of the weights as they were given, and turned",
    columns: ["Points", "Bits per weight", "Lost as given", "dB", "Lost turned", "dB"],
    rows: contenders(view).map(({ name, loss }) => [
      name,
      loss.turned ? bitsText(loss.turned.bitsPerWeight) : unknown,
      ...sides.flatMap((side) => {
        const { distortion, sqnrDb } = loss[side] ?? {};
        return distortion === undefined || sqnrDb === undefined
          ? [unknown, unknown]
          : [lossText(distortion), decibelText(sqnrDb)];
      }),
    ]),
  };
}

function summary(view: View): string {
  const { chosen, state, layer, side } = view;
  const weights = state.turned ? "Turned weights" : "Weights as given";
  const lost = chosen ? `lose ${lossText(chosen.fit.distortion)} to ${nameOf(view)}` : "wait for AQLM";
  return `${weights}, μ ${valueText(Number(layer.tails[side].peak.toFixed(1)))}, ${lost}.`;
}
