import { gatherHessian, invertHessian } from "./layer_inverse.ts";
import { evenPart } from "./layer_part.ts";
import type { LayerPhase } from "./layer_pool.ts";
import type { InverseOrder, SweptRows } from "./layer_pool_wire.ts";
import type { Member, Team } from "./layer_team.ts";
import type { CompressedLayer, Matrix, Recipe } from "./layer_types.ts";

type Floats = Matrix<Float32Array>;

/** The matrices of a layer. */
export interface LayerMatrices {
  weights: Floats;
  calibration: Floats;
  heldOut?: Floats | undefined;
}

/** What hears how far a phase has come, 0…1. */
export type PhaseProgress = (phase: LayerPhase, share: number) => void;

/** A copy that can be handed over. */
const copied = (matrix: Floats): Floats => ({ ...matrix, data: matrix.data.slice() });

const rowsOf = ({ cols, data }: Floats, first: number, count: number): Floats => ({
  rows: count,
  cols,
  data: data.slice(first * cols, (first + count) * cols),
});

const whole = (matrix: Floats) => ({ top: 0, left: 0, matrix });

/** Arrays one after another. */
function joined<Values extends Float32Array | Float64Array | Uint8Array>(parts: readonly Values[]): Values {
  const [first] = parts;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new (first.constructor as new (length: number) => Values)(length);
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all;
}

/** Whether a method does with a layer's rows, by the inverse of its Hessian, what it does with all of them. */
const sweepsByRows = ({ method, steps, scaleInputs, pattern }: Recipe) =>
  (method === "gptq" && !steps && !scaleInputs) || (method === "sparsegpt" && pattern !== undefined);

/** Whether the outputs of a method are those of its weights: else it rounds the activations, too. */
const keepsActivations = ({ method }: Recipe) => method !== "smoothquant" && method !== "llm_int8";

/** Compresses a layer in one worker. */
export async function compressWhole(
  team: Team,
  layer: LayerMatrices,
  recipe: Recipe,
  measured: boolean,
  progress: PhaseProgress,
): Promise<CompressedLayer> {
  const { first } = team;
  const { weights, calibration, heldOut } = layer;
  progress("method", 0);
  await first.hold("layer", weights.rows, weights.cols, [whole(copied(weights))]);
  await first.hold("calibration", calibration.rows, calibration.cols, [whole(copied(calibration))]);
  if (heldOut) await first.hold("heldOut", heldOut.rows, heldOut.cols, [whole(copied(heldOut))]);
  return first.hearing(
    (share) => progress("method", share),
    () => first.compress(recipe, measured),
  );
}

/** Compresses a layer over all workers, bit for bit as one would. */
export async function compressByParts(
  team: Team,
  layer: LayerMatrices,
  recipe: Recipe,
  progress: PhaseProgress,
): Promise<CompressedLayer> {
  if (!keepsActivations(recipe)) return compressWhole(team, layer, recipe, true, progress);
  const compress = sweepsByRows(recipe) ? sweepByRows : compressAndCut;
  const compressed = await compress(team, layer, recipe, progress);
  return { ...compressed, ...(await measureByRows(team, layer, progress)) };
}

/** Has every worker hold the activations that a method looks at. */
const shareCalibration = (team: Team, { calibration }: LayerMatrices) =>
  team.hold("calibration", calibration.rows, calibration.cols, [whole(copied(calibration))]);

/** Has every worker hold its rows of the weights, and what is held out. */
function shareRows(team: Team, { weights, heldOut }: LayerMatrices): Promise<unknown> {
  const rows = team.each(evenPart, weights.rows, (member, { first, count }) =>
    member.hold("weights", count, weights.cols, [whole(rowsOf(weights, first, count))]),
  );
  if (!heldOut) return rows;
  return Promise.all([rows, team.hold("heldOut", heldOut.rows, heldOut.cols, [whole(copied(heldOut))])]);
}

/** The method in one worker, without the errors; then every worker holds its rows of the `approximation`. */
async function compressAndCut(
  team: Team,
  layer: LayerMatrices,
  recipe: Recipe,
  progress: PhaseProgress,
): Promise<CompressedLayer> {
  const [compressed] = await Promise.all([
    compressWhole(team, layer, recipe, false, progress),
    shareCalibration(team, layer),
    shareRows(team, layer),
  ]);
  const { weights } = compressed;
  await team.each(evenPart, weights.rows, (member, { first, count }) =>
    member.hold("approximation", count, weights.cols, [whole(rowsOf(weights, first, count))]),
  );
  return compressed;
}

/** The Hessian and its inverse, then the rows; every worker holds its rows of the `approximation` in the end. */
async function sweepByRows(
  team: Team,
  layer: LayerMatrices,
  recipe: Recipe,
  progress: PhaseProgress,
): Promise<CompressedLayer> {
  const { rows, cols } = layer.weights;
  progress("hessian", 0);
  await shareCalibration(team, layer);
  // What only the sweep needs is sent while the workers are busy.
  await Promise.all([gatherHessian(team, cols), shareRows(team, layer)]);
  progress("inverse", 0);
  const order = await invertHessian(team, cols, recipe);
  progress("sweep", 0);
  const swept = await sweep(team, rows, order, recipe, (share) => progress("sweep", share));
  const weights = { rows, cols, data: joined(swept.map((part) => part.weights)) };
  const mask = joined(swept.map((part) => part.mask));
  const stored = await team.first.store(rows, { ...joinedRows(swept), mask: mask.slice() }, order, recipe);
  return { ...stored, weights, ...(mask.length > 0 && { mask }) };
}

/** What becomes of the rows of each worker; `heard` hears what share the slowest has done. */
function sweep(
  team: Team,
  rows: number,
  order: InverseOrder,
  recipe: Recipe,
  heard: (share: number) => void,
): Promise<SweptRows[]> {
  const shares = new Map<Member, number>();
  return team.each(evenPart, rows, (member) => {
    shares.set(member, 0);
    return member.hearing(
      (share) => heard(Math.min(...shares.set(member, share).values())),
      () => member.sweep("weights", "inverse", order, recipe),
    );
  });
}

/** What parts made of their rows, as if they had been one. */
function joinedRows(parts: readonly SweptRows[]) {
  const parameters = parts[0].parameters.map(({ cols }, i) => {
    const data = joined(parts.map((part) => part.parameters[i].data));
    return { rows: data.length / cols, cols, data };
  });
  return {
    codes: joined(parts.map(({ codes }) => codes)),
    losses: joined(parts.map(({ losses }) => losses)),
    parameters,
  };
}

/** The errors of the outputs, each worker those of its rows. */
async function measureByRows(
  team: Team,
  { weights, heldOut }: LayerMatrices,
  progress: PhaseProgress,
): Promise<Pick<CompressedLayer, "calibrationError" | "outputError">> {
  const error = async (x: string) => {
    const parts = await team.each(evenPart, weights.rows, (member) =>
      member.squares("weights", "approximation", x),
    );
    return team.first.error(joined(parts));
  };
  progress("errors", 0);
  const calibrationError = await error("calibration");
  return { calibrationError, outputError: heldOut ? await error("heldOut") : calibrationError };
}
