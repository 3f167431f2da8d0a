import { cornerPart, evenPart, type Piece, trianglePart } from "./layer_part.ts";
import type { DampedOrder, InverseOrder } from "./layer_pool_wire.ts";
import type { Team } from "./layer_team.ts";
import type { Recipe } from "./layer_types.ts";

/**
 * The Hessian of a layer and the inverse of its Cholesky factor over the workers of a pool, bit for bit what one of them
 * would compute: engine/tensor/cholesky.h says why. Everyone holds `calibration` at first, and `inverse` in the end.
 */

/** A whole matrix, as the piece of one that begins at a row and a column of it. */
const at = async (top: number, left: number, matrix: Promise<Piece["matrix"]>): Promise<Piece> => ({
  top,
  left,
  matrix: await matrix,
});

/** Gathers the Hessian by rows of its upper triangle; the first worker holds it. */
export async function gatherHessian(team: Team, inputs: number): Promise<void> {
  const pieces = await team.each(trianglePart, inputs, async (member, { first, count }) => {
    await member.step("part", { step: "hessian", a: "calibration", first, rows: count });
    return at(first, first, member.give("part"));
  });
  await team.first.hold("hessian", inputs, inputs, pieces);
}

/** Inverts the Hessian's factor; its damping rises until it has a Cholesky factor. */
export async function invertHessian(team: Team, inputs: number, recipe: Recipe): Promise<InverseOrder> {
  for (let raised = 1; ; raised++) {
    const damped = await team.first.damp("damped", "hessian", recipe, raised);
    if (await invertFactor(team, inputs, damped)) return damped;
  }
}

/** The inverse of the factor of the damped, reversed Hessian [p q; · r] that the first worker holds; false where there is none. */
async function invertFactor(team: Team, inputs: number, { half }: DampedOrder): Promise<boolean> {
  const { first } = team;
  await first.cut("p", "damped", { top: 0, left: 0, rows: half, cols: half });
  if (!(await first.step("p", { step: "cholesky", a: "p" }))) return false;
  const pieces: Piece[] = [];
  if (half === inputs) {
    await first.step("p", { step: "invert", a: "p" });
  } else {
    await team.hold("p", half, half, [await at(0, 0, first.give("p"))]);
    await solveCorner(team, inputs, half);
    if (!(await factorRest(team, inputs, half))) return false;
    pieces.push(...(await invertCorner(team, half)), await at(half, half, first.give("r")));
  }
  pieces.push(await at(0, 0, first.give("p")));
  await team.hold("inverse", inputs, inputs, pieces);
  return true;
}

/** What stands right above in the Cholesky factor, by columns; everyone holds it as `q`. */
async function solveCorner(team: Team, inputs: number, half: number): Promise<void> {
  const rest = inputs - half;
  const pieces = await team.each(evenPart, rest, async (member, { first, count }) => {
    const part = { top: 0, left: half + first, rows: half, cols: count };
    await member.hold("part", half, count, [await at(0, 0, team.first.give("damped", part))]);
    await member.step("part", { step: "solve", a: "p", b: "part" });
    return at(0, first, member.give("part"));
  });
  await team.hold("q", half, rest, pieces);
}

/** The second half of the Cholesky factor; then everyone holds the inverses of both halves as `p` and `r`. */
async function factorRest(team: Team, inputs: number, half: number): Promise<boolean> {
  const rest = inputs - half;
  const pieces = await team.each(trianglePart, rest, async (member, { first, count }) => {
    const [top, cols] = [half + first, rest - first];
    const part = { top, left: top, rows: count, cols };
    await member.hold("part", count, cols, [await at(0, 0, team.first.give("damped", part))]);
    await member.cut("solved", "q", { top: 0, left: first, rows: half, cols });
    await member.step("part", { step: "subtract", a: "part", b: "solved" });
    return at(first, first, member.give("part"));
  });
  const { first, last } = team;
  const factorAndInvert = async () => {
    await first.hold("r", rest, rest, pieces);
    const factored = await first.step("r", { step: "cholesky", a: "r" });
    return factored && first.step("r", { step: "invert", a: "r" });
  };
  const invertFirst = last.step("part", { step: "invert", a: "p" });
  const [factored] = await Promise.all([factorAndInvert(), invertFirst]);
  await team.hold("p", half, half, [await at(0, 0, last.give("part"))]);
  if (factored) await team.hold("r", rest, rest, [await at(0, 0, first.give("r"))]);
  return factored;
}

/** What stands right above in the inverse, by rows. */
function invertCorner(team: Team, half: number): Promise<Piece[]> {
  return team.each(cornerPart, half, async (member, { first, count }) => {
    await member.cut("rows", "p", { top: first, left: 0, rows: count, cols: half });
    await member.step("part", { step: "corner", a: "rows", b: "q", c: "r", first });
    return at(first, half, member.give("part"));
  });
}
