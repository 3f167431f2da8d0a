import { type Endpoint, type Remote, wrap } from "comlink";
import { EngineError } from "./errors.ts";
import type { Reply } from "./wire.ts";

/** What is asked of a worker that offers `Api` through Comlink. */
export type Request<Api> = (remote: Remote<Api>) => Promise<Reply>;

/** A running worker, as Comlink speaks to it: it reports what it dies of, and can be ended. */
export interface WorkerEndpoint extends Endpoint {
  terminate(): unknown;
}

/** A running worker and the calls that wait for it. */
export class Connection<Api> {
  private closed: EngineError | undefined;
  private readonly waiting = new Set<(reason: EngineError) => void>();
  private readonly worker: WorkerEndpoint;
  private readonly remote: Remote<Api>;

  /** `lost` is called once, when the worker cannot be loaded from `script` or dies. */
  constructor(worker: WorkerEndpoint, script: URL, lost: (reason: EngineError) => void) {
    this.worker = worker;
    this.remote = wrap<Api>(worker);
    worker.addEventListener("error", (event) => {
      const message =
        (event as Event & { message?: string }).message || `its worker ${script.href} could not be loaded`;
      const reason = new EngineError("unavailable", `the engine does not run: ${message}`);
      lost(reason);
      this.close(reason);
    });
  }

  /** The answer of a request, or the error that stands for its failure. */
  async ask(request: Request<Api>): Promise<unknown> {
    if (this.closed) throw this.closed;
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.waiting.add(reject);
      const unsent = (reason: unknown) =>
        reject(new EngineError("invalid-argument", `an argument cannot be sent to the engine: ${reason}`));
      request(this.remote)
        .then(resolve, unsent)
        .finally(() => this.waiting.delete(reject));
    });
    if ("answer" in reply) return reply.answer;
    throw new EngineError(reply.failure.code, reply.failure.message);
  }

  close(reason: EngineError): void {
    this.closed = reason;
    this.worker.terminate();
    for (const reject of this.waiting) reject(reason);
  }
}
