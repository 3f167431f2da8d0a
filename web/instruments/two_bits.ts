import { html, type TemplateResult } from "lit";
import type { CodebookName, CodebookPlane, FittedCodebook, Matrix } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import { type Cell, HoveredCell } from "./cell_surface.ts";
import type { DataTable, InstrumentModule, Readout } from "./instrument.ts";
import { tensorChoice } from "./shared_tensor.ts";
import { codebooks, controls, fields, type State } from "./two_bits_controls.ts";
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

/** A view with what can be drawn of its codebook. */
async function completed(bench: Bench, view: Omit<View, "chosen">): Promise<View> {
  const fit = view.fits[view.side][view.state.codebook];
  if (fit === undefined) return { ...view, chosen: undefined };
  const through = fit.codes[view.cell.row * view.vectors + view.cell.column] ?? 0;
  const [plane, gapDb] = await Promise.all([bench.plane(fit, { ...view.axes, through }), bench.gap(fit)]);
  return { ...view, chosen: { fit, plane, gapDb } };
}

/** The view of a state in which the vector `pointed` at, if there is one, is followed. */
async function compute(bench: Bench, state: State, pointed: Cell | undefined): Promise<View> {
  const own = tensorChoice.current;
  const { outliers, outlierScale, seed, signs } = state;
  const weights = own ? await bench.own(own) : await bench.draw({ outliers, outlierScale, seed });
  const turn = await bench.turn(weights, signs);
  const [layer, fits, bound] = await Promise.all([
    bench.layer(turn),
    onBoth((side) => fitsOf(bench, turn.weights[side])),
    bench.bound(),
  ]);
  const vectors = Math.ceil(weights.cols / codeLength);
  const { row, column } = pointed ?? { row: state.row - 1, column: state.vector - 1 };
  const drawn = `a drawn layer of ${size} × ${size}, seed ${seed}`;
  return completed(bench, {
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
function refine(bench: Bench, view: View): Promise<View> | undefined {
  const order = view.side === "given" ? sides : sides.toReversed();
  const next = order.find((side) => view.fits[side].aqlm === undefined);
  if (next === undefined) return undefined;
  const weights = view.layer.weights[next];
  return bench.learn(weights).then(() => {
    const aqlm = bench.learned(weights);
    if (aqlm === undefined) return view;
    return completed(bench, { ...view, fits: { ...view.fits, [next]: { ...view.fits[next], aqlm } } });
  });
}

/** Opens Instrument 7.8: three ways to lay 65,536 points into eight dimensions, and what each loses. */
export const open: InstrumentModule<State, View>["open"] = async (engine, background) => {
  const bench = benchOn(engine, background);
  const hovered = new HoveredCell();
  return {
    fields,
    pins: false,
    compute: (state) => compute(bench, state, hovered.cell),
    refine: (view) => refine(bench, view),
    watch(changed) {
      hovered.redraw = changed;
      return tensorChoice.subscribe(changed);
    },
    controls: (state, change, { vectors, layer }) =>
      controls(state, change, { vectors, rows: layer.weights.given.rows }),
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
async function fitsOf(bench: Bench, weights: Matrix<Float32Array>): Promise<View["fits"][Side]> {
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
      note: `largest / RMS; ${other} ${peakText(beside.peak)}`,
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
    return html`Every weight goes to the nearest of ${levels} root mean squares, whatever the other seven do: a cube of 4⁸
    points, where Gaussian vectors would fill a ball.`;
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
    <p data-source>Weights: ${view.source}. Lost is Σ(w − ŵ)² / Σw², without activations.
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
