import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import { type SVGTemplateResult, svg } from "lit";
import { formatFigure } from "../figures/format.ts";
import { axisBottom, axisLeft, chart, dragSurface, type Frame, isNarrow, pixel } from "./chart.ts";
import type { Change, Picture } from "./instrument.ts";
import {
  alphaText,
  bestOf,
  type Curve,
  errorText,
  type Migration,
  magnitudeText,
  names,
  type State,
  type View,
} from "./outlier_migration.ts";

type Position = (value: number) => number;

/** Least and largest of all that are positive, in whole powers of ten. */
function decades(series: readonly ArrayLike<number>[]): [number, number] {
  const values = series.flatMap((some) => Array.from(some)).filter((value) => value > 0);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (values.length === 0) return [0.1, 1];
  return [10 ** Math.floor(Math.log10(least)), 10 ** Math.ceil(Math.log10(most))];
}

/** The two axes, which go apart from one line with equal ways for equal ratios. */
function axesOf({ maxima, ends }: View, frame: Frame) {
  const all = [maxima, ...ends];
  const up = decades(all.flatMap((some) => [some.activations, some.scaledActivations]));
  const down = decades(all.flatMap((some) => [some.weights, some.scaledWeights]));
  const [high, low] = [Math.log10(up[1] / up[0]), Math.log10(down[1] / down[0])];
  const [top, foot] = [frame.top, frame.height - frame.bottom];
  const middle = Math.round(top + ((foot - top) * high) / (high + low));
  const activation = scaleLog(up, [middle, top]).clamp(true);
  const weight = scaleLog(down, [middle, foot]).clamp(true);
  return { activation, weight, middle };
}

/** Powers of ten between the ends of an axis, without the one at its foot. */
function powers(position: { domain(): number[] }): number[] {
  const [least = 1, most = 1] = position.domain();
  const count = Math.round(Math.log10(most / least));
  return Array.from({ length: count }, (_, index) => Number((least * 10 ** (index + 1)).toPrecision(1)));
}

/**
 * Every channel is one bar on two logarithmic axes: it reaches up as far as its activations and down as far as its
 * weights. A scale cannot make it shorter or longer, only move it. Grey where it was, mint where it is.
 */
export function channelsPicture(view: View, width: number): Picture {
  const { state, maxima, lifted } = view;
  const narrow = isNarrow(width);
  const frame: Frame = { width, height: narrow ? 340 : 390, left: 44, right: 4, top: 40, bottom: 26 };
  const { activation, weight, middle } = axesOf(view, frame);
  const channels = maxima.activations.length;
  const step = (width - frame.left - frame.right) / channels;
  const centre = (channel: number) => frame.left + (channel + 0.5) * step;
  // A stroke for each channel, in whole pixels: what is printed at build has to travel with the page.
  const bars = (up: ArrayLike<number>, down: ArrayLike<number>) =>
    Array.from({ length: channels }, (_, channel) => {
      const [top, foot] = [Math.round(activation(up[channel] || 0)), Math.round(weight(down[channel] || 0))];
      return `M${pixel(centre(channel))},${top}V${foot}`;
    }).join("");
  const description =
    `Largest activation and largest weight of ${channels} channels on logarithmic axes, before and after the scales of ` +
    `${names[state.method]} at α ${alphaText(state.alpha)}: activations reached ${magnitudeText(Math.max(...maxima.activations))} ` +
    `and now reach ${magnitudeText(Math.max(...maxima.scaledActivations))}, weights reached ` +
    `${magnitudeText(Math.max(...maxima.weights))} and now reach ${magnitudeText(Math.max(...maxima.scaledWeights))}.`;
  const label = (value: number) =>
    formatFigure(value, value < 1 ? `fixed ${-Math.round(Math.log10(value))}` : "integer");
  return {
    title: `${names[state.method]}, α ${alphaText(state.alpha)} — grey where a channel was, mint where its scale moved it`,
    description,
    svg: chart(
      frame,
      description,
      svg`
        ${axisLeft(frame, { ticks: powers(activation), position: activation, label })}
        ${axisLeft(frame, { ticks: powers(weight), position: weight, label })}
        <path class="channel-before" stroke-width=${pixel(step * 0.86)} d=${bars(maxima.activations, maxima.weights)}></path>
        <path class="channel-after" stroke-width=${pixel(step * 0.44)} d=${bars(maxima.scaledActivations, maxima.scaledWeights)}></path>
        <line class="channel-middle" x1=${frame.left} x2=${width - frame.right} y1=${middle} y2=${middle}></line>
        ${threshold(view, frame, activation)}
        ${lifted.map((channel) => svg`<path class="channel-lifted" d=${`M${pixel(centre(channel))},34l-4,-7h8Z`}></path>`)}
        <text class="storey-title" x=${frame.left} y="14">${narrow ? "ACTIVATIONS |X|" : "ACTIVATIONS, LARGEST |X| OF EACH CHANNEL"}</text>
        <text class="storey-title" x=${frame.left} y=${frame.height - 6}>${narrow ? "WEIGHTS |W|" : "WEIGHTS, LARGEST |W| OF EACH CHANNEL"}</text>`,
    ),
  };
}

/** LLM.int8's threshold across the activations, and what it does. */
function threshold({ state, lifted }: View, frame: Frame, activation: Position): SVGTemplateResult {
  const y = pixel(activation(state.threshold));
  const right = frame.width - frame.right;
  const count = `${lifted.length} ${lifted.length === 1 ? "channel" : "channels"} in 16 bits`;
  return svg`<line class="channel-threshold" x1=${frame.left} x2=${right} y1=${y} y2=${y}></line>
    <text class="channel-threshold-name" x=${right} y="14" text-anchor="end">${isNarrow(frame.width) ? `▾ ${lifted.length} in 16 bits` : `▾ LLM.int8 at ${magnitudeText(state.threshold)}: ${count}`}</text>`;
}

/** Errors against α: the chosen migration in mint, the other and what has no exponent in grey. */
export function lossPicture(view: View, width: number, change: Change<State>): Picture {
  const { state, errors, curves } = view;
  const narrow = isNarrow(width);
  const frame: Frame = {
    width,
    height: narrow ? 300 : 320,
    left: 50,
    right: narrow ? 12 : 136,
    top: 14,
    bottom: 46,
  };
  const levels = [
    { name: "Plain W8A8", error: errors.plain },
    { name: "LLM.int8", error: errors.llmInt8 },
    { name: `Plain ${state.format.toUpperCase()}`, error: errors.rounded },
  ];
  const measured = Object.values(curves).flatMap((curve) =>
    [...curve.values()].map((point) => point.outputError),
  );
  const shown = [...measured, ...Object.values(errors)].filter(
    (error) => error > 0 && Number.isFinite(error),
  );
  const x = scaleLinear([0, 1], [frame.left, width - frame.right]);
  const y = scaleLog(
    [Math.min(...shown) * 0.8, Math.max(...shown) * 1.25],
    [frame.height - frame.bottom, frame.top],
  ).clamp(true);
  const other: Migration = state.method === "awq" ? "smoothquant" : "awq";
  const description =
    `Output error against α. At ${alphaText(state.alpha)}: SmoothQuant ${errorText(errors.smoothquant)}, AWQ ` +
    `${errorText(errors.awq)}; ${levels.map(({ name, error }) => `${name} ${errorText(error)}`).join(", ")}.`;
  return {
    title: "Output error against α — the ring is the best on the calibration tokens",
    description,
    svg: chart(
      frame,
      description,
      svg`
        ${axisLeft(frame, { ticks: errorTicks(y), position: y, label: (tick) => formatFigure(tick, tick < 0.01 ? "percent 1" : "percent 0") })}
        ${axisBottom(frame, { ticks: x.ticks(narrow ? 3 : 5), position: x, label: (tick) => formatFigure(tick, "fixed 1"), title: "exponent α" })}
        ${levels.map(({ error }) => svg`<line class="loss-level" x1=${frame.left} x2=${width - frame.right} y1=${pixel(y(error))} y2=${pixel(y(error))}></line>`)}
        ${curveOf(curves[other], x, y, "loss-beside")}
        ${curveOf(curves[state.method], x, y, "loss-chosen")}
        <line class="guide" x1=${pixel(x(state.alpha))} x2=${pixel(x(state.alpha))} y1=${frame.top} y2=${frame.height - frame.bottom}></line>
        <circle class="loss-beside-point" cx=${pixel(x(state.alpha))} cy=${pixel(y(errors[other]))} r="4"></circle>
        <circle class="point" cx=${pixel(x(state.alpha))} cy=${pixel(y(errors[state.method]))} r="5.5"></circle>
        ${lineNames(view, frame, y, levels)}
        ${dragSurface(frame, (at) => change({ alpha: Math.round(x.invert(at) * 20) / 20 }))}`,
    ),
  };
}

/** Ticks of a logarithmic axis of errors: the ones, twos and fives. */
function errorTicks(position: { domain(): number[] }): number[] {
  const [least = 0, most = 0] = position.domain();
  return [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1].filter(
    (tick) => tick >= least && tick <= most,
  );
}

/** A curve as far as it is measured, with a ring around its best point. */
function curveOf(curve: Curve, x: Position, y: Position, className: string): SVGTemplateResult {
  const points = [...curve].toSorted(([one], [another]) => one - another);
  const path = line<(typeof points)[number]>(
    ([alpha]) => pixel(x(alpha)),
    ([, answer]) => Math.round(2 * y(answer.outputError)) / 2,
  )(points);
  const best = bestOf(curve);
  return svg`<path class=${className} d=${path ?? ""}></path>
    ${best ? svg`<circle class="${className} loss-best" cx=${pixel(x(best.alpha))} cy=${pixel(y(best.answer.outputError))} r="9"></circle>` : ""}`;
}

/** What each line is, at its right end or, on a phone, above it; kept apart where lines are close. */
function lineNames(
  { state, curves, errors }: View,
  frame: Frame,
  y: Position,
  levels: readonly { name: string; error: number }[],
): SVGTemplateResult[] {
  const narrow = isNarrow(frame.width);
  const end = (method: Migration) => curves[method].get(1)?.outputError ?? errors[method];
  const lines = [
    ...levels.map(({ name, error }) => ({ name, error, className: "loss-name" })),
    ...(Object.keys(names) as Migration[]).map((method) => ({
      name: names[method],
      error: end(method),
      className: method === state.method ? "loss-name loss-name-chosen" : "loss-name",
    })),
  ].toSorted((one, other) => other.error - one.error);
  let lowest = Number.NEGATIVE_INFINITY;
  return lines.map(({ name, error, className }) => {
    const place = Math.max(y(error) + (narrow ? -4 : 4), lowest + 13);
    lowest = place;
    const at = narrow
      ? { x: frame.width - frame.right - 4, anchor: "end" }
      : { x: frame.width - frame.right + 8, anchor: "start" };
    return svg`<text class=${className} x=${at.x} y=${pixel(place)} text-anchor=${at.anchor}>${name}</text>`;
  });
}
