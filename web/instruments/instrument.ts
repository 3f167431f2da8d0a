import type { TemplateResult } from "lit";
import type { Engine, EngineMethod } from "../../bindings/engine.ts";
import type { Fields } from "./state.ts";

/** The engine as an instrument meets it: the engine itself under node, its worker client in the page. */
export type InstrumentEngine = {
  [Name in EngineMethod]: (
    ...args: Parameters<Engine[Name]>
  ) => ReturnType<Engine[Name]> | Promise<ReturnType<Engine[Name]>>;
};

/** Replaces some entries of the state; what is out of bounds is brought back into them. */
export type Change<State> = (entries: Partial<State>) => void;

/** One number that an instrument reports, as the reader sees it. */
export interface Readout {
  /** Stable name, the `data-readout` of its `<output>`. */
  name: string;
  label: string;
  value: string;
  unit?: string;
  /** A few words that say what the number counts. */
  note?: string;
}

/** The numbers behind a picture. Cells are texts; the first column names its row. */
export interface DataTable {
  caption: string;
  columns: string[];
  rows: string[][];
}

/** One drawing: an SVG of a given width in pixels, the words that stand above it, and those that stand for it. */
export interface Picture {
  title: string;
  /** What the picture shows, for who does not see it. */
  description: string;
  svg: TemplateResult;
}

/** The controls of an instrument: those one plays with stand above the picture, the others below it. */
export interface Controls {
  main: TemplateResult;
  more: TemplateResult;
}

export interface PictureOptions<State> {
  /** Width to draw for, in CSS pixels. */
  width: number;
  change: Change<State>;
}

/**
 * An instrument, open on an engine. `compute` asks the engine for everything that its state implies; the other
 * functions only format and draw the answer, so that the same code serves the build and the page.
 */
export interface Instrument<State extends object, View> {
  fields: Fields<State>;
  /** Whether a view can be pinned to compare with the next. */
  pins: boolean;
  /**
   * Everything that `state` implies, and what of the `pinned` earlier view stands beside it for comparison.
   *
   * @throws EngineError where the engine refuses the state.
   */
  compute(state: State, pinned?: View): Promise<View>;
  controls(state: State, change: Change<State>): Controls;
  pictures(view: View, options: PictureOptions<State>): Picture[];
  readouts(view: View): Readout[];
  table(view: View): DataTable;
  /** One sentence that says the present reading, spoken after a change. */
  summary(view: View): string;
}

/** What the module of an instrument exports. */
export interface InstrumentModule<State extends object, View> {
  open(engine: InstrumentEngine): Promise<Instrument<State, View>>;
}
