import { html, type SVGTemplateResult, svg, type TemplateResult } from "lit";

/** Where the plot stands inside its SVG, in pixels. */
export interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Whether a picture of this width needs the sparse layout of a phone. */
export function isNarrow(width: number): boolean {
  return width < 480;
}

/** An SVG with one user unit per CSS pixel, that says in words what it shows. */
export function chart(
  { width, height }: { width: number; height: number },
  description: string,
  content: SVGTemplateResult,
): TemplateResult {
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="img"
    aria-label=${description}>${content}</svg>`;
}

interface AxisOptions {
  ticks: readonly number[];
  /** Where a value stands, in pixels. */
  position: (value: number) => number;
  label: (value: number) => string;
}

/** Ticks, numbers and a title under a plot; the title stands at the right end, below the numbers. */
export function axisBottom(
  frame: Frame,
  { ticks, position, label, title }: AxisOptions & { title?: string },
): SVGTemplateResult {
  const line = frame.height - frame.bottom;
  return svg`<g class="axis">
    <line class="axis-line" x1=${frame.left} x2=${frame.width - frame.right} y1=${line} y2=${line}></line>
    ${ticks.map(
      (
        tick,
      ) => svg`<line class="tick" x1=${pixel(position(tick))} x2=${pixel(position(tick))} y1=${line} y2=${line + 5}></line>
      <text class="tick-label" x=${pixel(position(tick))} y=${line + 18} text-anchor="middle">${label(tick)}</text>`,
    )}
    ${title ? svg`<text class="axis-title" x=${frame.width - frame.right} y=${line + 33} text-anchor="end">${title}</text>` : ""}
  </g>`;
}

/** Hairlines across a plot with their numbers at the left. */
export function axisLeft(
  frame: Pick<Frame, "left" | "right" | "width">,
  { ticks, position, label }: AxisOptions,
): SVGTemplateResult {
  return svg`<g class="axis">
    ${ticks.map(
      (
        tick,
      ) => svg`<line class="grid" x1=${frame.left} x2=${frame.width - frame.right} y1=${pixel(position(tick))} y2=${pixel(position(tick))}></line>
      <text class="tick-label" x=${frame.left - 7} y=${pixel(position(tick) + 3.5)} text-anchor="end">${label(tick)}</text>`,
    )}
  </g>`;
}

/**
 * A surface over a plot that follows a pressed pointer: `move` gets its place across the picture, in pixels. It
 * repeats for the hand what a control offers to everyone.
 */
export function dragSurface(frame: Frame, move: (x: number) => void): SVGTemplateResult {
  const follow = (event: PointerEvent) => {
    const surface = event.currentTarget as SVGRectElement;
    if (event.type === "pointerdown") surface.setPointerCapture(event.pointerId);
    if (!surface.hasPointerCapture(event.pointerId)) return;
    const { left, width } = surface.getBoundingClientRect();
    const across = Math.min(1, Math.max(0, (event.clientX - left) / width));
    move(frame.left + across * (frame.width - frame.left - frame.right));
  };
  return svg`<rect class="drag-surface" x=${frame.left} y=${frame.top} width=${frame.width - frame.left - frame.right}
    height=${frame.height - frame.top - frame.bottom} @pointerdown=${follow} @pointermove=${follow}></rect>`;
}

/** A coordinate, to a tenth of a pixel. */
export function pixel(value: number): number {
  return Math.round(value * 10) / 10;
}
