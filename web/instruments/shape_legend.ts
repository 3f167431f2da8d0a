import { type SymbolType, symbol } from "d3-shape";
import { type SVGTemplateResult, svg } from "lit";
import { pixel } from "./chart.ts";
import { letter } from "./mark_names.ts";

const lineHeight = 18;

/** The path of a shape around its place, of that area in square pixels. */
export function pathOf(shape: SymbolType, area: number): string {
  return symbol(shape, area).digits(2)() ?? "";
}

/** Shapes with what they stand for, in as many lines as the width asks for. */
export function shapeLegend(
  entries: readonly { shape: SymbolType; name: string }[],
  width: number,
): { marks: SVGTemplateResult[]; height: number } {
  let [left, down] = [0, 0];
  const marks = entries.map(({ shape, name }) => {
    const room = 20 + name.length * letter.width;
    if (left > 0 && left + room > width) [left, down] = [0, down + 1];
    const [x, y] = [left, down * lineHeight + 9];
    left += room + 14;
    return svg`<path class="format-mark" transform="translate(${pixel(x + 6)},${y})" d=${pathOf(shape, 62)}></path>
      <text class="tick-label" x=${pixel(x + 16)} y=${y + 4}>${name}</text>`;
  });
  return { marks, height: (down + 1) * lineHeight };
}
