import type { MessagePort, Worker } from "node:worker_threads";
import type { WorkerEndpoint } from "./connection.ts";

type Listener = Parameters<WorkerEndpoint["addEventListener"]>[1];

/** A worker of node, or its port to who started it, with the events that a worker of a browser has. */
export function nodeEndpoint(port: Worker | MessagePort): WorkerEndpoint {
  const listeners = new WeakMap<Listener, (value: unknown) => void>();
  return {
    postMessage: (message, transfer = []) => port.postMessage(message, transfer as ArrayBuffer[]),
    addEventListener(type, listener) {
      const hear = (value: unknown) => {
        const event = (type === "message" ? { data: value } : value) as Event;
        if ("handleEvent" in listener) listener.handleEvent(event);
        else listener(event);
      };
      listeners.set(listener, hear);
      port.on(type, hear);
    },
    removeEventListener(type, listener) {
      const hear = listeners.get(listener);
      if (hear) port.off(type, hear);
    },
    terminate: () => ("terminate" in port ? port.terminate() : port.close()),
  };
}
