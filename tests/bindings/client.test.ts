import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import type { connectEngine } from "../../bindings/client.ts";
import { serve } from "../../tools/serve.mjs";
import { engineFolder, engines } from "./engines.ts";

declare global {
  var connect: typeof connectEngine;
  var engine: ReturnType<typeof connectEngine>;
}

const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";
const page = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="icon" href="data:,"><script type="module" src="page.js"></script>`;

let site: string;
let server: Awaited<ReturnType<typeof serve>>;
let browser: Browser;

before(async () => {
  site = await mkdtemp(join(tmpdir(), "client-"));
  await cp(engineFolder, join(site, "engine"), { recursive: true });
  const source = resolve(import.meta.dirname, "../../bindings/client.ts");
  await build({
    configFile: false,
    logLevel: "warn",
    build: {
      outDir: site,
      emptyOutDir: false,
      lib: { entry: source, formats: ["es"], fileName: () => "client.js" },
    },
  });
  await writeFile(
    join(site, "page.js"),
    `import { connectEngine } from "./client.js";
     globalThis.connect = connectEngine;
     globalThis.engine = connectEngine(new URL("./", location.href));`,
  );
  await writeFile(join(site, "index.html"), page);
  server = await serve({ root: site, port: 0, basePath: "/a/b/" });
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-sync",
    ],
  });
});

after(async () => {
  await browser?.close();
  await server?.close();
  await rm(site, { recursive: true });
});

async function open(): Promise<Page> {
  const opened = await browser.newPage();
  await opened.goto(server.url);
  await opened.waitForFunction(() => globalThis.engine !== undefined);
  return opened;
}

describe("the engine in a worker of the page", () => {
  test("answers as the engine does, under a strict policy, from a sub-path", async () => {
    const opened = await open();
    const answers = await opened.evaluate(async () => {
      const { engine } = globalThis;
      const weights = await engine.sampleWeights({
        count: 4096,
        sigma: 0.02,
        outlierFraction: 0.004,
        outlierScale: 6,
        seed: 0,
      });
      const packed = await engine.pack(weights, { format: "int3", group: 64 });
      const back = await engine.unpack(packed);
      return {
        simd: await engine.simd(),
        ceiling: await engine.decodeCeiling({
          bandwidth: 3.35e12,
          bytesPerParameter: 0.5,
          activeParameters: 70e9,
        }),
        kinds: [weights, packed.bytes, back].map((array) => array.constructor.name),
        kept: weights.length,
        rmse: (await engine.roundTrip(weights, { format: "int3", group: 64 })).rmse,
        formats: (await engine.formats()).length,
      };
    });
    const { simd } = engines;
    const sample = { count: 4096, sigma: 0.02, outlierFraction: 0.004, outlierScale: 6, seed: 0 };
    assert.deepEqual(answers, {
      simd: "wasm",
      ceiling: simd.decodeCeiling({ bandwidth: 3.35e12, bytesPerParameter: 0.5, activeParameters: 70e9 }),
      kinds: ["Float32Array", "Uint8Array", "Float32Array"],
      kept: 4096,
      rmse: simd.roundTrip(simd.sampleWeights(sample), { format: "int3", group: 64 }).rmse,
      formats: simd.formats().length,
    });
    await opened.close();
  });

  test("offers every method of the engine", async () => {
    const opened = await open();
    const offered = await opened.evaluate(() => Object.keys(globalThis.engine));
    // What streams tensors that are made in the page has nothing to do in a worker.
    const methods = Object.keys(engines.simd).filter((method) => !method.startsWith("stream"));
    assert.deepEqual(offered.toSorted(), [...methods, "terminate"].toSorted());
    await opened.close();
  });

  test("rejects with the error that the engine threw, and serves on", async () => {
    const opened = await open();
    const caught = await opened.evaluate(async () => {
      const error = await globalThis.engine.softmax([1, 2], 0).catch((thrown) => thrown);
      return { name: error.name, code: error.code, message: error.message, isError: error instanceof Error };
    });
    assert.equal(caught.name, "EngineError");
    assert.equal(caught.code, "invalid-argument");
    assert.match(caught.message, /tau/);
    assert.ok(caught.isError);
    assert.equal(await opened.evaluate(() => globalThis.engine.tauSquared({ tau: 4 })), 16);
    await opened.close();
  });

  test("terminate rejects the calls under way, and the next call starts anew", async () => {
    const opened = await open();
    const outcome = await opened.evaluate(async () => {
      const { engine } = globalThis;
      await engine.simd();
      const long = engine.random({ seed: 0, count: 100_000_000, distribution: "standard_normal" });
      const settled = long.then(
        () => "answered",
        (error) => `${error.name} ${error.code}: ${error.message}`,
      );
      engine.terminate();
      return { message: await settled, again: await engine.tauSquared({ tau: 3 }) };
    });
    assert.deepEqual(outcome, {
      message: "EngineError terminated: the engine was stopped before it answered",
      again: 9,
    });
    await opened.close();
  });

  test("opens, reads and quantizes model files", async () => {
    const opened = await open();
    // What tsx wraps functions in to keep their names is not in the page.
    await opened.evaluate("globalThis.__name = (wrapped) => wrapped");
    const outcome = await opened.evaluate(async () => {
      const { engine } = globalThis;
      const data = await engine.sampleWeights({
        count: 512 * 256,
        sigma: 0.02,
        outlierFraction: 0,
        outlierScale: 1,
        seed: 0,
      });
      const model = await engine.writeGguf([{ name: "w", shape: [512, 256], data }], {
        "general.architecture": "llama",
      });
      const file = await engine.openTensorFile(new File([model as BlobPart], "model.gguf"));
      const rows = await file.read("w", { from: 3, count: 2 });
      const chunks: Uint8Array[] = [];
      const progress: string[] = [];
      const plan = await engine.quantizeFile(file, {
        format: ({ name }) => (name === "w" ? "q8_0" : "F32"),
        sink: { write: (chunk) => void chunks.push(chunk) },
        onProgress: ({ tensor }) => void progress.push(tensor),
      });
      const again = await engine.openTensorFile(new Blob(chunks as BlobPart[]));
      const codeOf = (call: Promise<unknown>) =>
        call.then(
          () => "answered",
          (error) => `${error.name} ${error.code}`,
        );
      const stopped = new AbortController();
      stopped.abort();
      const sink = { write: () => {} };
      const aborted = await codeOf(
        engine.quantizeFile(file, { format: "q8_0", sink, signal: stopped.signal }),
      );
      const full = {
        write: () => {
          throw new Error("the disk is full");
        },
      };
      const failed = await engine
        .quantizeFile(file, { format: "q8_0", sink: full })
        .catch((error) => error.message);
      await again.close();
      const closed = await codeOf(again.read("w"));
      const pending = codeOf(file.read("w"));
      engine.terminate();
      return {
        listing: [file.kind, file.version, file.metadata, file.tensors],
        rows: rows.every((value, i) => value === data[3 * 256 + i]) && rows.length === 512,
        type: again.tensors.map(({ type }) => type),
        bytes: (await new Blob(chunks as BlobPart[]).arrayBuffer()).byteLength === plan.byteLength,
        progress: [...new Set(progress)],
        refused: [aborted, failed, closed, await pending, await codeOf(file.read("w"))],
        serves: await engine.tauSquared({ tau: 3 }),
      };
    });
    const tensor = { name: "w", shape: [512, 256], type: "F32", byteLength: 524288, rows: 512, cols: 256 };
    assert.deepEqual(outcome, {
      listing: [
        "gguf",
        3,
        { "general.architecture": "llama" },
        [{ ...tensor, readable: true, staysFloat: false }],
      ],
      rows: true,
      type: ["Q8_0"],
      bytes: true,
      progress: ["w"],
      refused: [
        "EngineError aborted",
        "the disk is full",
        "EngineError invalid-argument",
        "EngineError terminated",
        "EngineError terminated",
      ],
      serves: 9,
    });
    await opened.close();
  });

  test("compresses a layer over a pool of workers, and stops them", async () => {
    const opened = await open();
    const sample = { outputs: 130, inputs: 96, tokens: 64, seed: 4 };
    // What tsx wraps functions in to keep their names is not in the page.
    await opened.evaluate("globalThis.__name = (wrapped) => wrapped");
    const outcome = await opened.evaluate(async (sample) => {
      const address = new URL("./engine/layer_pool.js", location.href).href;
      const { createLayerPool } = (await import(address)) as typeof import("../../bindings/layer_pool.ts");
      const { weights, calibration } = await globalThis.engine.sampleLayer(sample);
      const pool = await createLayerPool({ workers: 2 });
      const stopped = await pool
        .compressLayer({ weights, calibration }, { method: "gptq" }, { signal: AbortSignal.abort() })
        .catch((error) => `${error.name} ${error.code}`);
      const phases: string[] = [];
      const layer = await pool.compressLayer(
        { weights, calibration },
        { method: "gptq" },
        { onProgress: ({ phase }) => void phases.push(phase) },
      );
      pool.close();
      return {
        stopped,
        phases: [...new Set(phases)],
        weights: Array.from(layer.weights.data),
        bytes: Array.from(layer.packed?.bytes ?? []),
        inputLoss: Array.from(layer.trace.inputLoss),
        outputError: layer.outputError,
      };
    }, sample);
    const { simd } = engines;
    const { weights, calibration } = simd.sampleLayer(sample);
    const whole = simd.compressLayer({ weights, calibration }, { method: "gptq" });
    assert.deepEqual(outcome, {
      stopped: "EngineError aborted",
      phases: ["hessian", "inverse", "sweep", "errors"],
      weights: Array.from(whole.weights.data),
      bytes: Array.from(whole.packed?.bytes ?? []),
      inputLoss: Array.from(whole.trace.inputLoss),
      outputError: whole.outputError,
    });
    await opened.close();
  });

  test("an argument that cannot be sent is an error like any other", async () => {
    const opened = await open();
    const outcome = await opened.evaluate(async () => {
      const { engine } = globalThis;
      const error = await engine.softmax([() => 1] as unknown as number[]).catch((thrown) => thrown);
      return { code: error.code, message: error.message, again: await engine.tauSquared({ tau: 3 }) };
    });
    assert.equal(outcome.code, "invalid-argument");
    assert.match(outcome.message, /an argument cannot be sent to the engine/);
    assert.equal(outcome.again, 9);
    await opened.close();
  });

  test("a browser without workers hears so", async () => {
    const opened = await open();
    const message = await opened.evaluate(async () => {
      Reflect.deleteProperty(globalThis, "Worker");
      const error = await globalThis.engine.tauSquared({ tau: 3 }).catch((thrown) => thrown);
      return `${error.code}: ${error.message}`;
    });
    assert.match(message, /^unavailable: the engine does not run: .*Worker/);
    await opened.close();
  });

  test("a site without its engine says so, for every call", async () => {
    const opened = await open();
    const messages = await opened.evaluate(async () => {
      const absent = globalThis.connect(new URL("./nowhere/", location.href));
      const calls = [absent.tauSquared({ tau: 3 }), absent.simd()];
      const settled = await Promise.allSettled(calls);
      const again = await Promise.allSettled([absent.simd()]);
      return [...settled, ...again].map((result) =>
        result.status === "rejected" ? `${result.reason.code}: ${result.reason.message}` : "answered",
      );
    });
    assert.equal(messages.length, 3);
    for (const message of messages) assert.match(message, /^unavailable: .*nowhere\/engine\/worker\.js/);
    await opened.close();
  });

  test("a browser without SIMD gets the scalar engine", async () => {
    const scalarOnly = await browser.newContext();
    // What such a browser answers, put into the worker's own scope before its script runs.
    await scalarOnly.route("**/engine/worker.js", async (route) => {
      const answer = await route.fetch();
      const body = `WebAssembly.validate = () => false;\n${await answer.text()}`;
      await route.fulfill({ response: answer, body });
    });
    const opened = await scalarOnly.newPage();
    await opened.goto(server.url);
    await opened.waitForFunction(() => globalThis.engine !== undefined);
    assert.equal(await opened.evaluate(() => globalThis.engine.simd()), "scalar");
    assert.equal(await opened.evaluate(() => globalThis.engine.tauSquared({ tau: 4 })), 16);
    await scalarOnly.close();
  });
});
