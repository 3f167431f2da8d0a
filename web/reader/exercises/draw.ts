import type { Scope } from "../../figures/expression.ts";

/** The values an exercise may be given: one of the choices of each dimension. The first choices are the printed ones. */
export type Given = readonly (readonly Scope[])[];

/** One choice (its index) per dimension. */
export type Draw = readonly number[];

/** The draw that stands printed on the page. */
export function printedDraw(given: Given): Draw {
  return given.map(() => 0);
}

/** How many different draws there are. */
export function drawCount(given: Given): number {
  return given.reduce((count, choices) => count * choices.length, 1);
}

/**
 * Draws new values, never those of `previous`.
 *
 * @param random a number in [0, 1), by default the browser's own.
 * @throws RangeError where there is only one draw.
 */
export function anotherDraw(given: Given, previous: Draw, random: () => number = Math.random): Draw {
  const count = drawCount(given);
  if (count < 2) throw new RangeError("there is only one draw");
  const radixes = given.map((choices) => choices.length);
  const previousIndex = previous.reduce((index, choice, axis) => index * (radixes[axis] ?? 1) + choice, 0);
  let index = (previousIndex + 1 + Math.floor(random() * (count - 1))) % count;
  const draw: number[] = [];
  for (const radix of [...radixes].reverse()) {
    draw.unshift(index % radix);
    index = Math.floor(index / radix);
  }
  return draw;
}

/** The given values of a draw, all dimensions together. */
export function scopeOf(given: Given, draw: Draw): Scope {
  return Object.assign({}, ...given.map((choices, axis) => choices[draw[axis] ?? 0])) as Scope;
}
