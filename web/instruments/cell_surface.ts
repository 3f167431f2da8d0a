import { type SVGTemplateResult, svg } from "lit";
import { pixel } from "./chart.ts";

/** A cell of a drawn matrix, counted from 0. */
export interface Cell {
  row: number;
  column: number;
}

/** What a pointer does to a matrix: it is over a cell, or none; it presses one. */
export interface Pointing {
  hover(cell: Cell | undefined): void;
  choose(cell: Cell): void;
}

/** Where a matrix stands, in pixels, and its size. */
interface MatrixBox {
  left: number;
  top: number;
  width: number;
  height: number;
  rows: number;
  columns: number;
}

/** A surface over a matrix that says which cell a pointer is over. It repeats for the hand what controls offer to everyone. */
export function cellSurface(matrix: MatrixBox, { hover, choose }: Pointing): SVGTemplateResult {
  const cellAt = (event: PointerEvent): Cell => {
    const box = (event.currentTarget as SVGRectElement).getBoundingClientRect();
    const nth = (share: number, count: number) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    return {
      row: nth((event.clientY - box.top) / box.height, matrix.rows),
      column: nth((event.clientX - box.left) / box.width, matrix.columns),
    };
  };
  return svg`<rect class="cell-surface" x=${pixel(matrix.left)} y=${pixel(matrix.top)} width=${pixel(matrix.width)} height=${pixel(matrix.height)}
    @pointermove=${(event: PointerEvent) => hover(cellAt(event))} @pointerleave=${() => hover(undefined)}
    @click=${(event: PointerEvent) => choose(cellAt(event))}></rect>`;
}

/** The cell that a pointer is over, which is no part of a state. */
export class HoveredCell {
  cell: Cell | undefined;
  /** Called when it is another cell. */
  redraw = () => {};

  readonly hover = (cell: Cell | undefined) => {
    if (cell?.row === this.cell?.row && cell?.column === this.cell?.column) return;
    this.cell = cell;
    this.redraw();
  };
}
