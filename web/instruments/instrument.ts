import type { TemplateResult } from "lit";
import type { Engine, EngineMethod, Files, TensorFile } from "../../bindings/engine.ts";
import type { Fields } from "./state.ts";

/** The engine as an instrument meets it: the engine itself under node, its worker client in the page. */
export type InstrumentEngine = {
  [Name in EngineMethod]: (
    ...args: Parameters<Engine[Name]>
  ) => ReturnType<Engine[Name]> | Promise<ReturnType<Engine[Name]>>;
} & Pick<Files, "planQuantizedFile" | "quantizeFile"> & {
    openTensorFile(...args: Parameters<Files["openTensorFile"]>): Promise<InstrumentFile>;
    openTensorFiles(...args: Parameters<Files["openTensorFiles"]>): Promise<InstrumentFile>;
    /** Stops what is under way at once; at build there is nothing to stop. */
    terminate?(): void;
  };

/** A model file as an instrument meets it: in the page it stays open in the worker until it is closed. */
export type InstrumentFile = TensorFile & { close?(): Promise<void> };

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
  /** Of a table that is the heart of its instrument and therefore always shown. */
  order?: TableOrder;
}

/** How the rows of a table are ordered, and which of them the picture marks. */
export interface TableOrder {
  column: number;
  descending: boolean;
  /** The marked row, -1 if it is not shown. */
  marked: number;
  /** Orders by another column, or the same the other way round. */
  sort(column: number): void;
  mark(row: number): void;
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

export interface PanelOptions {
  /** As of pictures. */
  width: number;
  /** Whether buttons can be pressed: not at build. */
  live: boolean;
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
  /**
   * A fuller view of the same state: one step of work that is too long for one round. Nothing where `view` is full. In
   * the page the next step begins when the last is drawn; at build all of them come before the picture.
   */
  refine?(view: View): Promise<View> | undefined;
  /** Calls `changed` when the same state has come to imply something else; returns how to stop. */
  watch?(changed: () => void): () => void;
  /** The controls of a state, where they depend on it beside the latest view. */
  controls(state: State, change: Change<State>, view: View): Controls;
  pictures(view: View, options: PictureOptions<State>): Picture[];
  readouts(view: View): Readout[];
  /** What is to be said beside the picture, in sentences. */
  notes?(view: View): TemplateResult;
  /** What only this instrument has: lists with buttons, work that goes on for long. */
  panels?(view: View, change: Change<State>, options: PanelOptions): TemplateResult;
  table(view: View, change: Change<State>): DataTable;
  /** One sentence that says the present reading, spoken after a change. */
  summary(view: View): string;
}

/** What the module of an instrument exports. */
export interface InstrumentModule<State extends object, View> {
  /**
   * `background` is an engine for work so long that the other instruments must not wait behind it, and its time is this
   * instrument's alone; at build it is the same engine.
   *
   * @param spawn makes further engines of that kind, for work that several can share; absent at build.
   */
  open(
    engine: InstrumentEngine,
    background: InstrumentEngine,
    spawn?: () => InstrumentEngine,
  ): Promise<Instrument<State, View>>;
}
