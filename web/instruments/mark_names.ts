import { type SVGTemplateResult, svg } from "lit";
import { type Frame, pixel } from "./chart.ts";

/** Size of a letter of a name, in pixels. */
export const letter = { width: 6.7, height: 12 };

/** A mark of a picture with its place and its name. */
export interface NamedMark {
  name: string;
  x: number;
  y: number;
  /** Whether its name stands there in any case, and stands out. */
  isMarked?: boolean;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** The names that find room beside their marks, the first marks' first. */
export function markNames(marks: readonly NamedMark[], frame: Frame): SVGTemplateResult[] {
  const taken: Box[] = marks.map(({ x, y }) => ({ left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 }));
  return marks.flatMap((mark) => {
    const { name, isMarked = false } = mark;
    const places = placesOf(mark, name.length * letter.width).filter(
      ({ box }) =>
        box.left >= frame.left && box.right <= frame.width && box.bottom <= frame.height - frame.bottom,
    );
    const free = places.find(({ box }) => taken.every((other) => !overlap(box, other)));
    const place = free ?? (isMarked ? places[0] : undefined);
    if (place === undefined) return [];
    taken.push(place.box);
    const className = isMarked ? "format-name format-name-marked" : "format-name";
    return [
      svg`<text class=${className} x=${pixel(place.x)} y=${pixel(place.box.bottom - 2.5)} text-anchor=${place.anchor}>${name}</text>`,
    ];
  });
}

/** Where the name of a mark may stand: at its right, at its left, above it, below it. */
function placesOf({ x, y }: NamedMark, width: number): { x: number; anchor: string; box: Box }[] {
  const half = letter.height / 2;
  const beside = (left: number, top: number): Box => ({
    left: left - 3,
    right: left + width + 3,
    top,
    bottom: top + letter.height,
  });
  return [
    { x: x + 9, anchor: "start", box: beside(x + 9, y - half) },
    { x: x - 9, anchor: "end", box: beside(x - 9 - width, y - half) },
    { x, anchor: "middle", box: beside(x - width / 2, y - 8 - letter.height) },
    { x, anchor: "middle", box: beside(x - width / 2, y + 8) },
  ];
}

function overlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
