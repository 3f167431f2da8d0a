import { whenIdle } from "../reader/idle.ts";
import { readerStorage } from "../reader/storage.ts";
import { buildControls, type CellControls } from "./cell_controls.ts";
import type { Editor } from "./editor.ts";
import { kernelFor, type Outcome, workerUrl } from "./kernel.ts";
import { isPythonKept, keepPython } from "./offline.ts";
import { OutputView } from "./output_view.ts";

const megabyte = 1e6;

/** Told to every cell of the page when one of them has kept Python. */
const keptEvent = "python-kept";

/** Brings a cell of the static page to life: an editor in the place of the source, and buttons that run it. */
export function hydrateCell(figure: HTMLElement, { siteRoot }: { siteRoot: URL }): void {
  if (figure.dataset.live !== undefined) return;
  figure.dataset.live = "";
  new LiveCell(figure, siteRoot);
}

class LiveCell {
  readonly #figure: HTMLElement;
  readonly #siteRoot: URL;
  readonly #number: string;
  readonly #original: string;
  readonly #controls: CellControls;
  readonly #output: OutputView;
  #source: string;
  #editor: Editor | undefined;
  #stop: (() => void) | undefined;

  constructor(figure: HTMLElement, siteRoot: URL) {
    this.#figure = figure;
    this.#siteRoot = siteRoot;
    this.#number = figure.dataset.cell ?? "";
    this.#original = JSON.parse(part(figure, "[data-source]").textContent ?? '""');
    this.#source = readerStorage().getItem(this.#key) ?? this.#original;
    this.#controls = buildControls(part(figure, "[data-cell-controls]"), this.#number);
    this.#output = new OutputView(part(figure, "[data-output]"), `Output of cell ${this.#number}`);
    this.#sayResting();
    this.#listen();
    void this.#mountEditor();
    void this.#offerOffline();
  }

  get #key(): string {
    return `cell ${this.#siteRoot.pathname} ${location.pathname}#${this.#figure.id || this.#number}`;
  }

  #listen(): void {
    const { run, stop, reset, copy, keep } = this.#controls;
    run.addEventListener("click", () => void this.#run());
    stop.addEventListener("click", () => this.#stop?.());
    reset.addEventListener("click", () => this.#reset());
    copy.addEventListener("click", () => void this.#copy());
    document.addEventListener(keptEvent, () => {
      keep.hidden = true;
    });
    keep.addEventListener("click", () => void this.#keepPython());
    const shiftEnter = (event: KeyboardEvent) => {
      if (event.key !== "Enter" || !event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      void this.#run();
    };
    part(this.#figure, "[data-editor]").addEventListener("keydown", shiftEnter, { capture: true });
  }

  async #mountEditor(): Promise<void> {
    const { createEditor } = await import("./editor.ts");
    // To run the editor's code for the first time and to make an editor with it are too long for one task.
    await new Promise<void>(whenIdle);
    this.#editor = createEditor(part(this.#figure, "[data-editor]"), {
      source: this.#source,
      label: `Python source of cell ${this.#number}`,
      describedBy: this.#controls.hintId,
      changed: (source) => this.#changed(source),
    });
  }

  /** Keeps the reader's version on the reader's machine. */
  #changed(source: string): void {
    this.#source = source;
    try {
      if (source === this.#original) readerStorage().removeItem(this.#key);
      else readerStorage().setItem(this.#key, source);
    } catch {
      // A full storage costs the reader a draft, never the cell.
    }
    if (!this.#stop) this.#sayResting();
  }

  #sayResting(): void {
    const edited = this.#source !== this.#original;
    this.#controls.say(
      edited ? "Edited. Run it to see what changes." : "Output as computed with this edition.",
    );
  }

  async #run(): Promise<void> {
    if (this.#stop) return;
    const { run, stop } = this.#controls;
    this.#controls.say("Waiting for Python.");
    let begun = 0;
    const handle = kernelFor(this.#siteRoot).run(this.#source, `<cell ${this.#number}>`, {
      progress: (stage, loaded, total) => {
        this.#controls.say(`${stage}: ${(total / megabyte).toFixed(0)} MB, once.`);
        this.#controls.progress(loaded, total);
      },
      started: () => {
        begun = performance.now();
        this.#controls.progress();
        this.#controls.say("Running.");
        this.#output.clear();
      },
      text: (stream, text) => this.#output.write(stream, text),
      chart: (series) => this.#output.chart(series),
    });
    this.#stop = handle.stop;
    run.disabled = true;
    stop.disabled = false;
    this.#figure.setAttribute("aria-busy", "true");
    const outcome = await handle.outcome;
    this.#stop = undefined;
    this.#output.flush();
    this.#controls.progress();
    this.#returnFocus(stop, run);
    run.disabled = false;
    stop.disabled = true;
    this.#figure.removeAttribute("aria-busy");
    this.#controls.say(describe(outcome, begun ? performance.now() - begun : 0));
  }

  /** A button that is about to be disabled hands the keyboard to the one that takes its place. */
  #returnFocus(from: HTMLButtonElement, to: HTMLButtonElement): void {
    to.disabled = false;
    if (document.activeElement === from) to.focus();
  }

  #reset(): void {
    this.#stop?.();
    this.#source = this.#original;
    this.#editor?.replace(this.#original);
    readerStorage().removeItem(this.#key);
    // After the stopped run has said its last word.
    setTimeout(() => {
      this.#output.restore();
      this.#sayResting();
    });
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.#source);
      this.#controls.say("Copied.");
    } catch {
      this.#controls.say("The browser does not allow copying here: select the text instead.");
    }
  }

  async #offerOffline(): Promise<void> {
    this.#controls.keep.hidden = !("caches" in globalThis) || (await isPythonKept(this.#siteRoot, workerUrl));
  }

  async #keepPython(): Promise<void> {
    const { keep } = this.#controls;
    keep.disabled = true;
    this.#controls.say("Fetching Python for offline reading.");
    try {
      await keepPython(this.#siteRoot, workerUrl, (loaded, total) => this.#controls.progress(loaded, total));
      this.#controls.say("Python is kept for offline reading.");
      document.dispatchEvent(new Event(keptEvent));
    } catch (error) {
      this.#controls.say(`Python could not be kept: ${error instanceof Error ? error.message : error}`);
    } finally {
      keep.disabled = false;
      this.#controls.progress();
    }
  }
}

function describe(outcome: Outcome, milliseconds: number): string {
  const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
  switch (outcome.kind) {
    case "finished":
      return `Finished in ${seconds}.`;
    case "failed":
      return `Ended with an error after ${seconds}.`;
    case "stopped":
      return "Stopped.";
    case "unavailable":
      return navigator.onLine
        ? `Python could not be started: ${outcome.message}.`
        : "Python is not on this device yet: it needs the network once, or “Keep Python for offline reading” in advance.";
    default:
      return `Python broke down and starts afresh with the next run: ${outcome.message}.`;
  }
}

function part(figure: HTMLElement, selector: string): HTMLElement {
  const element = figure.querySelector<HTMLElement>(selector);
  if (!element) throw new Error(`The cell has no ${selector}`);
  return element;
}
