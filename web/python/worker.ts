/// <reference types="vite/client" />
/// <reference lib="webworker" />
import type { PyodideInterface } from "pyodide";
import type { Engine } from "../../bindings/compression.ts";
import { boundedOutput } from "./bounded_output.ts";
import type { Reply, Request } from "./protocol.ts";
import type { PythonManifest } from "./pyodide_files.ts";
import { type PythonRuntime, startPython } from "./runtime.ts";

/** The worker behind the page's cells: Pyodide from `python/` and the engine from `engine/` under the site's root. */

const files = import.meta.glob(["./numpy/*.py", "./modules/*.py"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const sources = Object.fromEntries(
  Object.entries(files as Record<string, string>).map(([path, text]) => [path.replace("./", ""), text]),
);

let python: PythonRuntime | undefined;

function reply(message: Reply): void {
  self.postMessage(message);
}

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  if (data.type === "start") await start(new URL(data.siteRoot));
  else run(data.source, data.name);
};

async function start(siteRoot: URL): Promise<void> {
  try {
    python = await load(siteRoot);
    reply({ type: "ready", version: python.version });
  } catch (error) {
    reply({ type: "unavailable", message: error instanceof Error ? error.message : String(error) });
  }
}

function run(source: string, name: string): void {
  const output = boundedOutput({
    write(stream, text) {
      reply({ type: "text", stream, text });
      return true;
    },
    plot: (series) => reply({ type: "chart", series }),
  });
  try {
    reply({ type: "finished", succeeded: python?.run(source, name, output) ?? false });
  } catch (error) {
    reply({
      type: "crashed",
      message: error instanceof Error ? error.message.split("\n")[0] : String(error),
    });
  }
}

async function load(siteRoot: URL): Promise<PythonRuntime> {
  const root = new URL("python/", siteRoot);
  const manifest = await fetchManifest(root);
  const stop = reportBytes(root, manifest);
  try {
    const engine = await loadEngine(siteRoot);
    const wheel = manifest.numpyWheel && (await fetch(new URL(manifest.numpyWheel, root)));
    return await startPython({
      load: () => loadPyodideFrom(root),
      sources,
      engine,
      numpyWheel: wheel ? new Uint8Array(await wheel.arrayBuffer()) : undefined,
    });
  } finally {
    stop();
  }
}

async function fetchManifest(root: URL): Promise<PythonManifest> {
  const response = await fetch(new URL("files.json", root)).catch(() => undefined);
  if (!response?.ok) throw new Error("Python's files cannot be reached");
  return response.json();
}

async function loadPyodideFrom(root: URL): Promise<PyodideInterface> {
  const { loadPyodide } = await import(/* @vite-ignore */ new URL("pyodide.mjs", root).href);
  return loadPyodide({ indexURL: root.href });
}

async function loadEngine(siteRoot: URL): Promise<Engine> {
  const { createEngine } = await import(/* @vite-ignore */ new URL("engine/compression.js", siteRoot).href);
  return createEngine();
}

/** Counts the bytes of Python's files as they arrive, for the page's progress; returns what ends the counting. */
function reportBytes(root: URL, manifest: PythonManifest): () => void {
  const fetchPlainly = self.fetch;
  const counted = new Map(manifest.files.map((file) => [new URL(file.name, root).href, file.bytes]));
  const total = manifest.files.reduce((sum, file) => (file.name.endsWith("mjs") ? sum : sum + file.bytes), 0);
  let loaded = 0;
  self.fetch = async (input, init) => {
    const response = await fetchPlainly(input, init);
    if (!counted.has(response.url) || !response.body) return response;
    const count = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        loaded += chunk.byteLength;
        const stage = loaded < total ? "Loading Python" : "Starting Python";
        reply({ type: "progress", stage, loaded: Math.min(loaded, total), total });
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(count), {
      headers: response.headers,
      status: response.status,
    });
  };
  return () => {
    self.fetch = fetchPlainly;
  };
}
