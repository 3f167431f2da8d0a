import type {
  FormatInfo,
  QuantizePlan,
  QuantizePlanOptions,
  TensorInfo,
  TensorSketch,
} from "../../../bindings/engine.ts";
import type { InstrumentEngine, InstrumentFile } from "../instrument.ts";
import { type SharedTensor, tensorChoice } from "../shared_tensor.ts";
import { type Destination, mostCollectedBytes, writesToDisk } from "./destination.ts";
import { type ModelFiles, readJson, sortModelFiles } from "./model_files.ts";
import { type Extent, measureReport, type Report, startReport } from "./report.ts";
import { elementsOf } from "./tensor_list.ts";

/** Weights that a histogram in the list looks at, at most. */
const sketchWeights = 2 ** 16;
const sketchBins = 49;

/** Weights of the chosen tensor that the other instruments work on, at most: each of their changes packs them all. */
const chosenWeights = 2 ** 16;

/** Time between two drawings of work that is under way, in milliseconds. */
const beat = 100;

/** A model that is open. */
export interface Model {
  files: ModelFiles;
  /** Open in the engine of the page; long work opens it once more in its own. */
  file: InstrumentFile;
  /** Elements of all tensors. */
  parameters: number;
  /** Bits of the file for each of them; 0 where there are none. */
  bitsPerWeight: number;
  /** Whether it is the project's own sample. */
  isSample: boolean;
}

export type Sketch = { sketch: TensorSketch } | { refusal: string };

export type Plan = { plan: QuantizePlan } | { refusal: string };

/** An export, from the press of its button on. */
export interface Export {
  name: string;
  tensor: string;
  bytesWritten: number;
  byteLength: number;
  state: "running" | "done" | "cancelled" | "failed";
  failure?: string;
  /** The finished file. */
  file?: File;
}

export type ExportChoice = Required<Pick<QuantizePlanOptions, "to" | "format">> &
  Omit<QuantizePlanOptions, "config" | "tokenizer">;

const words = (reason: unknown) => (reason instanceof Error ? reason.message : String(reason));

/** Plans depend on every choice. */
const planKey = (choice: ExportChoice) => JSON.stringify(choice);

/**
 * What lies on the instrument's desk beside its state: the reader's file and what was made of it. Nothing of it is ever
 * part of a link.
 */
export class Desk {
  readonly #engine: InstrumentEngine;
  readonly #background: InstrumentEngine;
  readonly #listeners = new Set<() => void>();
  readonly #sketches = new Map<string, Sketch>();
  readonly #plans = new Map<string, Plan>();
  #model: Model;
  #opening: string | undefined;
  #failure: string | undefined;
  #handed: { tensor: TensorInfo; shared: SharedTensor } | undefined;
  #report: Report | undefined;
  #export: Export | undefined;
  #attempts = 0;
  #notice: ReturnType<typeof setTimeout> | undefined;
  /** The file in the engine of long work; after a failure, which may have been the engine's own, it is opened anew. */
  #working: Promise<InstrumentFile> | undefined;

  /** `model` is open in `engine`; `background` is an engine whose time is this desk's alone. */
  constructor(engine: InstrumentEngine, background: InstrumentEngine, model: Model) {
    this.#engine = engine;
    this.#background = background;
    this.#model = model;
  }

  get model(): Model {
    return this.#model;
  }

  /** The file that is being opened. */
  get opening(): string | undefined {
    return this.#opening;
  }

  /** Why the latest file could not be opened, or a tensor not be read. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** The tensor that the other instruments work on, if it is of this file. */
  get chosen(): TensorInfo | undefined {
    const handed = this.#handed;
    return handed !== undefined && tensorChoice.current === handed.shared ? handed.tensor : undefined;
  }

  get report(): Report | undefined {
    return this.#report;
  }

  get export(): Export | undefined {
    return this.#export;
  }

  get isWorking(): boolean {
    return this.#report?.state === "running" || this.#export?.state === "running";
  }

  /** Calls `changed` after every change; returns how to stop. */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    const stop = tensorChoice.subscribe(changed);
    return () => {
      this.#listeners.delete(changed);
      stop();
    };
  }

  #changed(): void {
    clearTimeout(this.#notice);
    this.#notice = undefined;
    for (const listener of this.#listeners) listener();
  }

  /** The same for work that goes on and on. */
  #changedSoon(): void {
    this.#notice ??= setTimeout(() => this.#changed(), beat);
  }

  /** Opens the reader's files in place of the present ones, which stay if these cannot be opened. */
  async open(files: readonly File[], isSample = false): Promise<void> {
    const attempt = ++this.#attempts;
    this.#opening = files.map(({ name }) => name).join(", ");
    this.#failure = undefined;
    this.#changed();
    try {
      const model = await openModel(this.#engine, files, isSample);
      if (attempt !== this.#attempts) return;
      this.#replace(model);
    } catch (reason) {
      if (attempt === this.#attempts) this.#failure = `${this.#opening}: ${words(reason)}`;
    }
    if (attempt !== this.#attempts) return;
    this.#opening = undefined;
    this.#changed();
  }

  #replace(model: Model): void {
    this.#stopWork();
    void this.#model.file.close?.().catch(() => {});
    this.#model = model;
    this.#sketches.clear();
    this.#plans.clear();
    this.#report = undefined;
    this.#export = undefined;
    this.#handed = undefined;
  }

  sketchOf({ name }: TensorInfo): Sketch | undefined {
    return this.#sketches.get(name);
  }

  /** Looks at some of a tensor's weights. */
  async sketch({ name, readable, type }: TensorInfo): Promise<void> {
    const { file } = this.#model;
    let sketch: Sketch;
    try {
      sketch = readable
        ? { sketch: await file.sketch(name, { weights: sketchWeights, bins: sketchBins }) }
        : { refusal: `${type} cannot be read as numbers` };
    } catch (reason) {
      sketch = { refusal: words(reason) };
    }
    if (file === this.#model.file) this.#sketches.set(name, sketch);
  }

  /** Hands a tensor to the other instruments, or takes it back. */
  async choose(tensor: TensorInfo): Promise<void> {
    if (this.chosen === tensor) {
      tensorChoice.choose(undefined);
      return;
    }
    const { file, files } = this.#model;
    this.#failure = undefined;
    try {
      const { weights, rows, cols, whole } = await file.sample(tensor.name, { weights: chosenWeights });
      const part = whole ? "" : `rows spread over `;
      const shared = { source: `${part}${tensor.name} of ${files.name}`, weights, rows, cols };
      this.#handed = { tensor, shared };
      tensorChoice.choose(shared);
    } catch (reason) {
      this.#failure = words(reason);
    }
    this.#changed();
  }

  planOf(choice: ExportChoice): Plan | undefined {
    return this.#plans.get(planKey(choice));
  }

  /** Works out what an export would make. */
  async plan(choice: ExportChoice): Promise<void> {
    const { file, files } = this.#model;
    let plan: Plan;
    try {
      const options = await exportOptions(files, choice);
      const made = await this.#engine.planQuantizedFile(file, options);
      plan =
        made.byteLength > mostCollectedBytes && !writesToDisk()
          ? { refusal: "the file would be larger than this browser can collect" }
          : { plan: made };
    } catch (reason) {
      plan = { refusal: words(reason) };
    }
    if (file === this.#model.file) this.#plans.set(planKey(choice), plan);
  }

  /** Measures every tensor in every one of these formats. */
  async measure(formats: readonly FormatInfo[], extent: Extent): Promise<void> {
    const started = startReport(this.#model.file.tensors, formats, extent);
    this.#report = started;
    this.#changed();
    let latest = started;
    try {
      const file = await this.#workingFile();
      for await (const report of measureReport(this.#engine, file, started)) {
        if (this.#report !== latest) return;
        latest = report;
        this.#report = report;
        this.#changedSoon();
      }
    } catch (reason) {
      if (this.#report !== latest) return;
      this.#report = { ...latest, state: "failed", failure: words(reason) };
      this.#working = undefined;
    }
    this.#changed();
  }

  /** Quantizes the file into a destination. */
  async quantize(name: string, choice: ExportChoice, destination: Destination): Promise<void> {
    let latest: Export = { name, tensor: "", bytesWritten: 0, byteLength: 0, state: "running" };
    const show = (entries: Partial<Export>) => {
      if (this.#export !== latest) return false;
      latest = { ...latest, ...entries };
      this.#export = latest;
      return true;
    };
    this.#export = latest;
    this.#changed();
    try {
      const options = await exportOptions(this.#model.files, choice);
      const file = await this.#workingFile();
      await this.#background.quantizeFile(file, {
        ...options,
        sink: { write: (chunk) => destination.write(chunk) },
        onProgress: ({ tensor, bytesWritten, byteLength }) => {
          if (show({ tensor, bytesWritten, byteLength })) this.#changedSoon();
        },
      });
      const finished = await destination.finish();
      show({ state: "done", bytesWritten: latest.byteLength, file: finished });
    } catch (reason) {
      await destination.discard().catch(() => {});
      if (show({ state: "failed", failure: words(reason) })) this.#working = undefined;
    }
    this.#changed();
  }

  /** Stops what is under way, at once: its worker ends, the next work starts another. */
  cancel(): void {
    this.#stopWork();
    this.#changed();
  }

  #stopWork(): void {
    if (this.isWorking) this.#background.terminate?.();
    else void this.#working?.then((file) => file.close?.()).catch(() => {});
    this.#working = undefined;
    if (this.#report?.state === "running") this.#report = { ...this.#report, state: "cancelled" };
    if (this.#export?.state === "running") this.#export = { ...this.#export, state: "cancelled" };
  }

  /** The model in the engine of long work. */
  #workingFile(): Promise<InstrumentFile> {
    this.#working ??= openFile(this.#background, this.#model.files);
    return this.#working;
  }
}

async function openFile(engine: InstrumentEngine, { weights, sharded }: ModelFiles): Promise<InstrumentFile> {
  const [first] = weights;
  return sharded ? engine.openTensorFiles(weights) : engine.openTensorFile(first as File);
}

/** Opens what the reader chose. @throws FilesError or EngineError, which say what is wrong with it. */
export async function openModel(
  engine: InstrumentEngine,
  chosen: readonly File[],
  isSample: boolean,
): Promise<Model> {
  const files = sortModelFiles(chosen);
  const file = await openFile(engine, files);
  const parameters = file.tensors.reduce((sum, tensor) => sum + elementsOf(tensor), 0);
  const ratio = { numerator: 8 * files.size, denominator: parameters };
  const bitsPerWeight = parameters === 0 ? 0 : await engine.ratio(ratio);
  return { files, file, parameters, bitsPerWeight, isSample };
}

async function exportOptions(
  { config, tokenizer }: ModelFiles,
  choice: ExportChoice,
): Promise<QuantizePlanOptions> {
  if (choice.to !== "gguf") return choice;
  return { ...choice, config: await readJson(config), tokenizer: await readJson(tokenizer) };
}
