import { html, type TemplateResult } from "lit";
import type { CodebookName } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import { rangeControl, selectControl, switchControl, wholeNumbers } from "./controls.ts";
import type { Change, Controls } from "./instrument.ts";
import { choiceField, type Fields, flagField, numberField } from "./state.ts";
import { codeLength, size } from "./two_bits_layer.ts";

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

export const fields: Fields<State> = {
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

/** The controls over a layer of so many rows, each of so many vectors. */
export function controls(
  wanted: State,
  change: Change<State>,
  { rows, vectors }: { rows: number; vectors: number },
): Controls {
  // A link may name a place that this layer has not.
  const state = { ...wanted, row: Math.min(wanted.row, rows), vector: Math.min(wanted.vector, vectors) };
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
    more: html`<div class="control-row">${moreControls(state, change, rows)}</div>`,
  };
}

/** The plane, the row, and how the weights are drawn and turned. */
function moreControls(state: State, change: Change<State>, rows: number): TemplateResult {
  const coordinates = Array.from({ length: codeLength }, (_, index) => ({
    value: String(index + 1),
    text: `weight ${index + 1}`,
  }));
  const whole = wholeNumbers(state, change);
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
