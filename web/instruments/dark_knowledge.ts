import { scaleLinear, scaleLog } from "d3-scale";
import { curveMonotoneX, line } from "d3-shape";
import { html, svg, type TemplateResult } from "lit";
import { formatFigure } from "../figures/format.ts";
import { axisBottom, axisLeft, chart, dragSurface, type Frame, isNarrow, pixel } from "./chart.ts";
import { pairControl, switchControl } from "./controls.ts";
import type {
  Change,
  Controls,
  DataTable,
  Instrument,
  InstrumentEngine,
  Picture,
  Readout,
} from "./instrument.ts";
import { remember } from "./remember.ts";
import { flagField, numberField, numbersField } from "./state.ts";

/** What the teacher may say that it sees; the photo shows the first. */
const classes = ["cat", "kitten", "lynx", "dog", "loaf", "carburetor"] as const;

const label = 0;
const temperature = { minimum: 0.25, maximum: 20 };
const rowHeight = 34;
/** Left end of the logarithmic axis. */
const smallest = 1e-12;
const logit = { minimum: -10, maximum: 15 };

const fields = {
  tau: numberField(2, temperature),
  logits: numbersField([9, 6.5, 4, 2.5, 1, -4], logit),
  log: flagField(false),
};

/** Temperature, the teacher's logits, and whether the probabilities stand on a logarithmic axis. */
export interface State {
  tau: number;
  logits: readonly number[];
  log: boolean;
}

/** A point of the entropy curve. */
export interface CurvePoint {
  tau: number;
  entropyBits: number;
}

export interface View {
  state: State;
  /** Probabilities at τ. */
  soft: Float64Array;
  /** Probabilities at τ = 1. */
  sharp: Float64Array;
  entropyBits: number;
  tauSquared: number;
  labelDivergence: number;
  /** Entropy of these logits over the range of τ. */
  curve: CurvePoint[];
}

/** Temperatures of the curve: equal ratios over the range of τ. */
const curveTaus = Array.from(
  { length: 41 },
  (_, index) => temperature.minimum * (temperature.maximum / temperature.minimum) ** (index / 40),
);

/** What does not depend on the present temperature: the distribution at τ = 1 and the entropy over the range of τ. */
async function backgroundOf(engine: InstrumentEngine, logits: readonly number[]) {
  const [sharp, ...points] = await Promise.all(
    [1, ...curveTaus].map((tau) => engine.softTargets(logits, tau)),
  );
  const curve = curveTaus.map((tau, index) => ({
    tau,
    entropyBits: points[index]?.entropyBits ?? Number.NaN,
  }));
  return { sharp: sharp?.probabilities ?? new Float64Array(), curve };
}

/** Opens Instrument 7.1: a teacher's softmax at a temperature. */
export async function open(engine: InstrumentEngine): Promise<Instrument<State, View>> {
  const background = remember((logits: readonly number[]) => backgroundOf(engine, logits), 4);
  return {
    fields,
    pins: false,
    async compute(state) {
      const { logits, tau } = state;
      const [soft, tauSquared, labelDivergence, { sharp, curve }] = await Promise.all([
        engine.softTargets(logits, tau),
        engine.tauSquared({ tau }),
        engine.labelDivergence({ logits, label, tau }),
        background(logits),
      ]);
      return {
        state,
        soft: soft.probabilities,
        sharp,
        entropyBits: soft.entropyBits,
        tauSquared,
        labelDivergence,
        curve,
      };
    },
    controls,
    pictures: (view, { width, change }) => [
      softTargetsPicture(view, width),
      entropyPicture(view, width, (tau) => change({ tau })),
    ],
    readouts,
    table,
    summary: ({ state, soft, entropyBits }) =>
      `At temperature ${temperatureText(state.tau)} the soft targets hold ${formatFigure(entropyBits, "fixed 3")} ` +
      `bits; ${classes[label]} has ${probabilityText(soft[label] ?? Number.NaN)}.`,
  };
}

function controls(state: State, change: Change<State>): Controls {
  const main = pairControl({
    name: "tau",
    label: "Temperature τ",
    value: state.tau,
    ...temperature,
    step: 0.05,
    text: `τ = ${temperatureText(state.tau)}`,
    logarithmic: true,
    change: (tau) => change({ tau }),
  });
  const more = html`<div class="logit-rows" role="group" aria-labelledby="dark-knowledge-logits">
      <p class="control-label" id="dark-knowledge-logits">Teacher logits</p>
      ${classes.map((name, index) => logitControl(name, index, state, change))}
    </div>
    ${switchControl({ name: "log", label: "Log probability axis", value: state.log, change: (log) => change({ log }) })}`;
  return { main, more };
}

function logitControl(name: string, index: number, state: State, change: Change<State>): TemplateResult {
  const value = state.logits[index] ?? 0;
  return pairControl({
    name: `logit-${name}`,
    label: `Logit of ${name}`,
    shortLabel: name,
    value,
    ...logit,
    step: 0.1,
    text: String(value),
    change: (changed) => change({ logits: state.logits.map((logit, i) => (i === index ? changed : logit)) }),
  });
}

function readouts({ state, entropyBits, tauSquared, labelDivergence }: View): Readout[] {
  return [
    {
      name: "entropy",
      label: "Entropy of soft targets",
      value: formatFigure(entropyBits, "fixed 3"),
      unit: "bits",
    },
    {
      name: "tau-squared",
      label: "Factor τ² on the soft loss",
      value: formatFigure(tauSquared, "digits 3"),
      note: `at τ = ${temperatureText(state.tau)}`,
    },
    {
      name: "label-divergence",
      label: "KL from the one-hot label",
      value: formatFigure(labelDivergence, "fixed 3"),
      unit: "bits",
      note: `label: ${classes[label]}`,
    },
  ];
}

function table({ state, soft, sharp }: View): DataTable {
  return {
    caption: `The teacher's distribution at τ = ${temperatureText(state.tau)} and at τ = 1`,
    columns: ["Class", "Logit z", `p at τ = ${temperatureText(state.tau)}`, "p at τ = 1"],
    rows: classes.map((name, index) => [
      name,
      formatFigure(state.logits[index] ?? Number.NaN, "fixed 1"),
      probabilityText(soft[index] ?? Number.NaN),
      probabilityText(sharp[index] ?? Number.NaN),
    ]),
  };
}

/** One bar a class: mint at τ, over grey at τ = 1. */
function softTargetsPicture({ state, soft, sharp }: View, width: number): Picture {
  const frame: Frame = {
    width,
    height: classes.length * rowHeight + 50,
    left: 92,
    right: isNarrow(width) ? 66 : 84,
    top: 4,
    bottom: 46,
  };
  const ends = [frame.left, width - frame.right];
  const scale = state.log ? scaleLog([smallest, 1], ends).clamp(true) : scaleLinear([0, 1], ends);
  const position = (probability: number) => pixel(probability > 0 ? scale(probability) : frame.left);
  const ticks = state.log
    ? isNarrow(width)
      ? [1e-12, 1e-6, 1]
      : [1e-12, 1e-9, 1e-6, 1e-3, 1]
    : isNarrow(width)
      ? [0, 0.5, 1]
      : [0, 0.25, 0.5, 0.75, 1];
  const tau = temperatureText(state.tau);
  const description =
    `Probability of each class at temperature ${tau}: ` +
    classes.map((name, index) => `${name} ${probabilityText(soft[index] ?? 0)}`).join(", ");
  const rows = classes.map((name, index) => {
    const top = frame.top + index * rowHeight;
    const end = position(soft[index] ?? 0);
    const sharpEnd = position(sharp[index] ?? 0);
    return svg`<text class="row-label" x=${frame.left - 10} y=${top + 21} text-anchor="end">${name}</text>
      <rect class="bar-original" x=${frame.left} y=${top + 6} width=${pixel(sharpEnd - frame.left)} height="22"></rect>
      <rect class="bar-survives" x=${frame.left} y=${top + 10} width=${pixel(end - frame.left)} height="14"></rect>
      <line class="bar-edge" x1=${sharpEnd} x2=${sharpEnd} y1=${top + 4} y2=${top + 30}></line>
      <text class="row-value" x=${width} y=${top + 21} text-anchor="end">${probabilityText(soft[index] ?? 0)}</text>`;
  });
  return {
    title: `Soft targets: mint at τ = ${tau}, grey at τ = 1`,
    description,
    svg: chart(
      frame,
      description,
      svg`${axisBottom(frame, {
        ticks,
        position,
        label: (tick) =>
          state.log && tick < 1 ? formatFigure(tick, "scientific 0").replace(/^1\s×\s/, "") : String(tick),
        title: state.log ? "probability, log" : "probability",
      })}${rows}`,
    ),
  };
}

/** The entropy of the soft targets against τ, with the present temperature on the curve. */
function entropyPicture(
  { state, curve, entropyBits }: View,
  width: number,
  changeTau: (tau: number) => void,
): Picture {
  const frame: Frame = {
    width,
    height: 190,
    left: 92,
    right: isNarrow(width) ? 16 : 84,
    top: 14,
    bottom: 46,
  };
  const first = curve[0]?.tau ?? 0.25;
  const last = curve.at(-1)?.tau ?? 20;
  const x = scaleLog([first, last], [frame.left, width - frame.right]);
  const y = scaleLinear([0, 3], [frame.height - frame.bottom, frame.top]);
  const draw = line<View["curve"][number]>()
    .x((point) => pixel(x(point.tau)))
    .y((point) => pixel(y(point.entropyBits)))
    .curve(curveMonotoneX);
  const [px, py] = [pixel(x(state.tau)), pixel(y(entropyBits))];
  const description = `Entropy of the soft targets against temperature: ${formatFigure(entropyBits, "fixed 3")} bits at τ = ${temperatureText(state.tau)}`;
  return {
    title: "Entropy against τ",
    description,
    svg: chart(
      frame,
      description,
      svg`${axisLeft(frame, { ticks: [0, 1, 2, 3], position: y, label: String })}
        ${axisBottom(frame, { ticks: isNarrow(width) ? [0.25, 1, 5, 20] : [0.25, 0.5, 1, 2, 5, 10, 20], position: x, label: String, title: "τ, log" })}
        <text class="axis-title" x=${frame.left - 30} y=${frame.top + 3.5} text-anchor="end">bits</text>
        <line class="guide" x1=${px} x2=${px} y1=${py} y2=${frame.height - frame.bottom}></line>
        <line class="guide" x1=${frame.left} x2=${px} y1=${py} y2=${py}></line>
        <path class="curve-original" d=${draw(curve) ?? ""}></path>
        <circle class="point" cx=${px} cy=${py} r="5"></circle>
        ${dragSurface(frame, (place) => changeTau(Number(x.invert(place).toPrecision(3))))}`,
    ),
  };
}

/** A temperature in as many digits as it was chosen with. */
function temperatureText(tau: number): string {
  return formatFigure(tau, "digits 3").replace(/\.?0+$/, "");
}

/** A probability: three decimals as in Cell 1, and a power of ten where these would say nothing. */
function probabilityText(probability: number): string {
  return formatFigure(probability, probability >= 0.0005 ? "fixed 3" : "scientific 1");
}
