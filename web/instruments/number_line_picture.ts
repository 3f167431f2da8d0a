import { type ScaleLinear, scaleLinear } from "d3-scale";
import { type SVGTemplateResult, svg } from "lit";
import { axisBottom, chart, dragSurface, type Frame, isNarrow, pixel } from "./chart.ts";
import type { Picture } from "./instrument.ts";
import type { View } from "./number_line.ts";
import { valueText } from "./words.ts";

type Position = ScaleLinear<number, number>;

/** A value of the format: its code, and how round the code is, from 0 to 1. */
interface Mark {
  value: number;
  code: number;
  roundness: number;
}

/** Storeys of the picture, in pixels from the top. */
const overview = { top: 4, foot: 22 };
const line = 142;
const strip = 12;
/** Height of the marks: the rounder the code, the taller. */
const height = { least: 16, most: 44 };
/** Width of a letter of the names. */
const letterWidth = 6.7;

/**
 * The values of a format as marks on a line, taller where more of the code's low bits are zero; below them the stretch
 * of the line that rounds to each. The overview along the top says which part is seen.
 */
export function numberLinePicture(view: View, width: number, moveTo: (center: number) => void): Picture {
  const frame: Frame = { width, height: 188, left: 12, right: 12, top: overview.top, bottom: 34 };
  const range = [frame.left, width - frame.right];
  const x = scaleLinear(view.window, range);
  const whole = scaleLinear([-1.06 * view.reach, 1.06 * view.reach], range);
  const marks = marksOf(view);
  const seen = marks.filter(({ value }) => value >= view.window[0] && value <= view.window[1]);
  const { format, code, scaled, number } = view;
  const description =
    `${seen.length} values of ${format.name} from ${valueText(view.window[0])} to ${valueText(view.window[1])}; ` +
    `code ${code} stands for ${valueText(scaled.values[code] ?? Number.NaN)}` +
    (number === undefined ? "." : `, the number is ${valueText(number)}.`);
  return {
    title: `${format.name} — the rounder the code, the taller its mark; below, what rounds to it`,
    description,
    svg: chart(
      frame,
      description,
      svg`
        <path class="overview-marks" d=${marks.map(({ value }) => `M${pixel(whole(value))},${overview.top + 5}V${overview.foot - 5}`).join("")}></path>
        <rect class="overview-window" x=${pixel(Math.max(frame.left, whole(view.window[0])))} y=${overview.top}
          width=${pixel(Math.max(2, Math.min(range[1] ?? 0, whole(view.window[1])) - Math.max(frame.left, whole(view.window[0]))))} height=${overview.foot - overview.top}></rect>
        ${dragSurface({ ...frame, bottom: frame.height - overview.foot }, (place) => moveTo(view.reach > 0 ? whole.invert(place) / view.reach : 0))}
        ${stretches(marks, view, x)}
        ${seen.map(({ value, code: own, roundness }) => {
          const [at, top] = [pixel(x(value)), pixel(line - tall(own === code ? 1 : roundness))];
          return svg`<line class=${own === code ? "value-mark value-landed" : "value-mark"} x1=${at} x2=${at} y1=${top} y2=${line}></line>`;
        })}
        ${numberMark(view, x)}
        ${names(seen, code, x, width)}
        ${axisBottom({ ...frame, bottom: frame.height - line - strip - 1 }, { ticks: x.ticks(isNarrow(width) ? 4 : 8), position: x, label: valueText })}
        `,
    ),
  };
}

function tall(roundness: number): number {
  return height.least + (height.most - height.least) * roundness;
}

/** Every finite value once, in ascending order; of two codes for one value the chosen one, or else the first. */
function marksOf({ scaled, code }: View): Mark[] {
  const marks = new Map<number, Mark>();
  const steps = scaled.exponentBits > 0 ? Math.max(1, scaled.mantissaBits) : 3;
  for (const [own, value] of scaled.values.entries()) {
    if (!Number.isFinite(value) || (marks.has(value) && own !== code)) continue;
    const zeros = own === 0 ? steps : 31 - Math.clz32(own & -own);
    marks.set(value, { value, code: own, roundness: Math.min(1, zeros / steps) });
  }
  return [...marks.values()].toSorted((one, other) => one.value - other.value);
}

/** The stretch of the line that rounds to each value: from the middle between it and its neighbour to the next middle. */
function stretches(marks: Mark[], { code }: View, x: Position): SVGTemplateResult[] {
  const [left = 0, right = 0] = x.range();
  const inside = (at: number) => Math.min(right, Math.max(left, at));
  const places = marks.map(({ value }) => x(value));
  const middle = (index: number) => {
    const [one, other] = [places[index], places[index + 1]];
    return inside(one === undefined ? left : other === undefined ? right : (one + other) / 2);
  };
  return marks.flatMap((mark, index) => {
    const [from, to] = [pixel(middle(index - 1)), pixel(middle(index))];
    if (to <= from) return [];
    const name =
      mark.code === code ? "stretch stretch-landed" : index % 2 === 0 ? "stretch" : "stretch stretch-odd";
    return [svg`<rect class=${name} x=${from} y=${line} width=${pixel(to - from)} height=${strip}></rect>`];
  });
}

/** The values written above their marks as far as there is room: the one where the number lands, then the roundest. */
function names(seen: Mark[], code: number, x: Position, width: number): SVGTemplateResult[] {
  const taken: { left: number; right: number }[] = [];
  const rank = (mark: Mark) => (mark.code === code ? 2 : mark.roundness);
  return seen
    .toSorted((one, other) => rank(other) - rank(one))
    .flatMap((mark) => {
      const text = valueText(mark.value);
      const half = (text.length * letterWidth) / 2;
      const at = Math.min(width - half, Math.max(half, x(mark.value)));
      const box = { left: at - half - 5, right: at + half + 5 };
      if (taken.some(({ left, right }) => box.left < right && left < box.right)) return [];
      taken.push(box);
      const name = mark.code === code ? "value-name value-name-landed" : "value-name";
      return [
        svg`<text class=${name} x=${pixel(at)} y=${pixel(line - tall(mark.code === code ? 1 : mark.roundness) - 7)} text-anchor="middle">${text}</text>`,
      ];
    });
}

/** The number itself, as an arrow from above to where it falls, or at the end of the window behind which it lies. */
function numberMark({ number, window, landing }: View, x: Position): SVGTemplateResult | string {
  if (number === undefined || landing?.error === 0) return "";
  const [left = 0, right = 0] = x.range();
  const text = valueText(number);
  const half = (text.length * letterWidth) / 2;
  const at = Math.min(right, Math.max(left, x(number)));
  const shown = number < window[0] ? `← ${text}` : number > window[1] ? `${text} →` : text;
  const anchor = at - half < left ? "start" : at + half > right ? "end" : "middle";
  const top = line - height.most - 34;
  return svg`<line class="number-mark" x1=${pixel(at)} x2=${pixel(at)} y1=${top + 6} y2=${line + strip}></line>
    <text class="number-name" x=${pixel(at)} y=${top} text-anchor=${anchor}>${shown}</text>`;
}
