import type { Series } from "./chart.ts";
import type { Reply, Request } from "./protocol.ts";
import workerScript from "./worker.ts?worker&url";

/** What a run tells its cell while it goes on. */
export interface RunListener {
  progress(stage: string, loaded: number, total: number): void;
  /** The cell's own code begins: Python is there and no other cell runs. */
  started(): void;
  text(stream: "stdout" | "stderr", text: string): void;
  chart(series: Series): void;
}

export type Outcome =
  | { kind: "finished" | "failed" | "stopped" }
  | { kind: "unavailable" | "crashed"; message: string };

interface Job {
  source: string;
  name: string;
  listener: RunListener;
  settle(outcome: Outcome): void;
}

/** The worker's own script, whose name changes with its content. */
export const workerUrl = new URL(workerScript, import.meta.url);

/**
 * The page's one Python, shared by its cells. It starts with the first run; runs follow one another, each in a fresh
 * namespace. Stopping a run ends the worker at once, whatever it does; the next run starts another.
 */
export class PythonKernel {
  readonly #siteRoot: URL;
  #worker: Worker | undefined;
  #ready = false;
  #queue: Job[] = [];
  #current: Job | undefined;

  constructor(siteRoot: URL) {
    this.#siteRoot = siteRoot;
  }

  /** Runs a cell and resolves when it has ended, however it ended. */
  run(source: string, name: string, listener: RunListener): { outcome: Promise<Outcome>; stop(): void } {
    let job: Job | undefined;
    const outcome = new Promise<Outcome>((settle) => {
      job = { source, name, listener, settle };
      this.#queue.push(job);
    });
    this.#next();
    return { outcome, stop: () => job && this.#stop(job) };
  }

  #next(): void {
    if (this.#current || this.#queue.length === 0) return;
    this.#current = this.#queue.shift();
    if (!this.#worker) this.#start();
    else if (this.#ready) this.#begin();
  }

  #start(): void {
    const worker = new Worker(workerUrl, { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#receive(data);
    worker.onerror = (event) => {
      event.preventDefault();
      if (this.#ready) this.#fail({ kind: "crashed", message: event.message });
      else this.#fail({ kind: "unavailable", message: event.message || "its worker could not be loaded" });
    };
    this.#worker = worker;
    this.#send({ type: "start", siteRoot: this.#siteRoot.href });
  }

  #begin(): void {
    const job = this.#current;
    if (!job) return;
    job.listener.started();
    this.#send({ type: "run", source: job.source, name: job.name });
  }

  #send(request: Request): void {
    this.#worker?.postMessage(request);
  }

  #receive(reply: Reply): void {
    const listener = this.#current?.listener;
    switch (reply.type) {
      case "progress":
        listener?.progress(reply.stage, reply.loaded, reply.total);
        break;
      case "ready":
        this.#ready = true;
        this.#begin();
        break;
      case "text":
        listener?.text(reply.stream, reply.text);
        break;
      case "chart":
        listener?.chart(reply.series);
        break;
      case "finished":
        this.#settle({ kind: reply.succeeded ? "finished" : "failed" });
        break;
      default:
        this.#fail({ kind: reply.type, message: reply.message });
    }
  }

  #settle(outcome: Outcome): void {
    const job = this.#current;
    this.#current = undefined;
    job?.settle(outcome);
    this.#next();
  }

  #fail(outcome: Outcome): void {
    this.#end();
    this.#settle(outcome);
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#ready = false;
  }

  #stop(job: Job): void {
    if (job === this.#current) {
      this.#fail({ kind: "stopped" });
    } else if (this.#queue.includes(job)) {
      this.#queue = this.#queue.filter((waiting) => waiting !== job);
      job.settle({ kind: "stopped" });
    }
  }
}

const kernels = new Map<string, PythonKernel>();

/** The page's kernel for a site. */
export function kernelFor(siteRoot: URL): PythonKernel {
  let kernel = kernels.get(siteRoot.href);
  if (!kernel) {
    kernel = new PythonKernel(siteRoot);
    kernels.set(siteRoot.href, kernel);
  }
  return kernel;
}
