import { type ChildProcess, fork } from "node:child_process";
import type { RenderReply, RenderRequest } from "./renderer.ts";

/** Renders pages in a process that is started when needed and can be replaced. */
export class Rendering {
  #process: ChildProcess | undefined;
  #waiting = new Map<number, (reply: RenderReply) => void>();
  #count = 0;

  /** One page as HTML, or what keeps it from being rendered. */
  render(path: string): Promise<RenderReply> {
    this.#process ??= this.#start();
    const id = ++this.#count;
    const reply = new Promise<RenderReply>((resolve) => this.#waiting.set(id, resolve));
    this.#process.send({ id, path } satisfies RenderRequest);
    return reply;
  }

  /** Forgets the engine and the press that the process has loaded. */
  restart(): void {
    this.#process?.kill();
    this.#lose("The press was started anew. Load the page again.");
  }

  #start(): ChildProcess {
    const started = fork(new URL("./renderer.ts", import.meta.url), { execArgv: ["--import", "tsx"] });
    started.on("message", (reply: RenderReply) => {
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
    started.on("exit", () => {
      if (this.#process === started) this.#lose("The press broke down; the terminal says why.");
    });
    return started;
  }

  /** Without its process, nothing that waits for it will be answered. */
  #lose(error: string): void {
    this.#process = undefined;
    for (const [id, answer] of this.#waiting) answer({ id, error });
    this.#waiting.clear();
  }
}
