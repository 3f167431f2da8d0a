import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { FileSource, TensorFile, TensorInfo } from "../../../bindings/engine.ts";
import { tensorChoice } from "../../../web/instruments/shared_tensor.ts";
import { csv } from "../../../web/instruments/your_weights/csv.ts";
import { Desk, openModel } from "../../../web/instruments/your_weights/desk.ts";
import { sortModelFiles } from "../../../web/instruments/your_weights/model_files.ts";
import {
  measureReport,
  type Report,
  reportRecords,
  startReport,
  worstFirst,
} from "../../../web/instruments/your_weights/report.ts";
import { sampleConfig, sampleFiles } from "../../../web/instruments/your_weights/sample_model.ts";
import { findTensors, pageLength, pageOf } from "../../../web/instruments/your_weights/tensor_list.ts";
import { engine } from "./engine.ts";

afterEach(() => tensorChoice.choose(undefined));

function tensor(name: string, byteLength = 4, shape = [1, 1]): TensorInfo {
  const [rows = 1, cols = 1] = shape;
  return { name, shape, type: "F32", byteLength, rows, cols, readable: true, staysFloat: false };
}

const sample = await sampleFiles(engine);

async function sampleDesk(background = engine): Promise<Desk> {
  return new Desk(engine, background, await openModel(engine, sample, true));
}

function formats(...ids: string[]) {
  return engine.formats().filter(({ id }) => ids.includes(id));
}

async function finished(steps: AsyncIterable<Report>): Promise<Report> {
  let latest: Report | undefined;
  for await (const report of steps) latest = report;
  assert.ok(latest);
  return latest;
}

test("a filter leaves the tensors that mention every word; names count their numbers", () => {
  const tensors = [tensor("blk.10.ffn_up"), tensor("blk.2.ffn_up", 8, [4096, 11008]), tensor("output", 2)];
  const names = (filter: string, order: "file" | "size" | "name" = "file") =>
    findTensors(tensors, filter, order).map(({ name }) => name);
  assert.deepEqual(names(" FFN  4096 "), ["blk.2.ffn_up"]);
  assert.deepEqual(names("", "name"), ["blk.2.ffn_up", "blk.10.ffn_up", "output"]);
  assert.deepEqual(names("", "size"), ["blk.2.ffn_up", "blk.10.ffn_up", "output"]);
  assert.deepEqual(names("nothing"), []);
});

test("a hundred thousand tensors are shown a page at a time, and a page beyond the end is the last", () => {
  const many = Array.from({ length: 100_000 }, (_, index) => tensor(`t.${index}`));
  const last = pageOf(many, 1e9);
  assert.equal(last.shown.length, 100_000 % pageLength || pageLength);
  assert.equal(last.shown.at(-1), many.at(-1));
  assert.equal(pageOf(many, 2).shown[0], many[pageLength]);
  assert.deepEqual(pageOf([], 3), { found: [], shown: [], page: 1, pages: 1 });
});

test("CSV quotes what would break it", () => {
  assert.equal(
    csv([
      ["a,b", 'say "x"', 1.5],
      ["line\nend", "", -0],
    ]),
    '"a,b","say ""x""",1.5\r\n"line\nend",,0\r\n',
  );
});

test("the reader's files are told apart, and what is missing is named", () => {
  const named = (...names: string[]) => names.map((name) => new File(["{}"], name));
  const alone = sortModelFiles(named("m.gguf"));
  assert.deepEqual([alone.name, alone.sharded, alone.size], ["m.gguf", false, 2]);
  const sharded = sortModelFiles(
    named("a.safetensors", "b.safetensors", "model.safetensors.index.json", "config.json"),
  );
  assert.equal(sharded.sharded, true);
  assert.deepEqual(
    sharded.weights.map(({ name }) => name),
    ["a.safetensors", "b.safetensors", "model.safetensors.index.json"],
  );
  assert.equal(sharded.config?.name, "config.json");
  assert.throws(() => sortModelFiles(named("config.json")), /no file of weights/);
  assert.throws(() => sortModelFiles(named("a.safetensors", "b.safetensors")), /index/);
});

test("the sample is a llama model in BF16, a few megabytes, the same every time", async () => {
  const [file] = sample;
  assert.ok(file && file.size > 3e6 && file.size < 5e6, `${file?.size} bytes`);
  const again = await sampleFiles(engine);
  assert.deepEqual(await again[0]?.arrayBuffer(), await file.arrayBuffer());
  const { tensors } = await engine.openTensorFile(file);
  assert.equal(tensors.length, 2 + sampleConfig.num_hidden_layers * 9 + 1);
  assert.ok(tensors.every(({ type }) => type === "BF16"));
});

test("a sketch is the engine's own statistics and histogram", async () => {
  const { file } = (await sampleDesk()).model;
  const name = "model.layers.0.mlp.down_proj.weight";
  const { statistics, counts, whole } = await file.sketch(name, { weights: 2 ** 20, bins: 9 });
  const weights = await file.read(name);
  const { absmax } = engine.statistics(weights);
  assert.deepEqual(statistics, engine.statistics(weights));
  assert.deepEqual(counts, engine.histogram(weights, { bins: 9, min: -absmax, max: absmax }));
  assert.equal(whole, true);
});

test("a sample of a tensor is rows spread evenly over it", async () => {
  const { file } = (await sampleDesk()).model;
  const name = "lm_head.weight";
  const { weights, rows, cols, whole } = await file.sample(name, { weights: 3 * 256 + 255 });
  assert.deepEqual([rows, cols, whole], [3, 256, false]);
  const expected = await Promise.all([0, 170, 341].map((from) => file.read(name, { from, count: 1 })));
  assert.deepEqual(
    [...weights],
    expected.flatMap((row) => [...row]),
  );
  const start = await file.sample(name, { weights: 100 });
  assert.deepEqual([start.rows, start.cols], [1, 100]);
  assert.deepEqual(start.weights, (await file.read(name, { from: 0, count: 1 })).subarray(0, 100));
});

test("a report of every weight is what roundTrip says of each tensor, and the totals weigh by count", async () => {
  const { file } = (await sampleDesk()).model;
  const chosen = formats("int4", "int8");
  const report = await finished(measureReport(engine, file, startReport(file.tensors, chosen, "whole")));
  assert.equal(report.state, "done");
  assert.equal(report.rows.length, 16);
  assert.equal(report.left.length, 5, "the norms are left alone");
  let [noise, signal, count] = [0, 0, 0];
  for (const { tensor: info, outcomes } of report.rows) {
    const weights = await file.read(info.name);
    const { rmse, sqnrDb, bitsPerWeight } = engine.roundTrip(weights, {
      format: "int4",
      group: 64,
      cols: info.cols,
    });
    const outcome = outcomes[chosen.findIndex(({ id }) => id === "int4")];
    assert.ok(outcome && "error" in outcome);
    assert.deepEqual(
      [outcome.error.rmse, outcome.error.sqnrDb.toFixed(9), outcome.error.bitsPerWeight],
      [rmse, sqnrDb.toFixed(9), bitsPerWeight],
    );
    noise += rmse ** 2 * weights.length;
    signal += engine.statistics(weights).rms ** 2 * weights.length;
    count += weights.length;
  }
  const total = report.totals.find(({ format }) => format.id === "int4");
  assert.ok(total?.error && total.stored && total.worst);
  assert.equal(total.error.sqnrDb.toFixed(6), (10 * Math.log10(signal / noise)).toFixed(6));
  assert.equal(total.error.weights, count);
  const left = 5 * 256;
  assert.equal(total.stored.bytes.toFixed(3), ((count * 4.25) / 8 + left * 4).toFixed(3));
  const ratios = report.rows.map(({ outcomes }) => {
    const outcome = outcomes[chosen.findIndex(({ id }) => id === "int4")];
    return outcome && "error" in outcome ? outcome.error.sqnrDb : Number.NaN;
  });
  assert.equal(total.worst.error.sqnrDb, Math.min(...ratios));
  assert.equal(worstFirst(report.rows)[0]?.tensor.name, total.worst.tensor.name);
  assert.equal(report.progress.weights, report.progress.ofWeights);
  assert.equal(reportRecords(report).length, 1 + 16 * 2);
});

test("a refusal of a tensor is kept as such, and the others are measured", async () => {
  const tensors = [
    { name: "fine", shape: [2, 64], data: new Float32Array(128).fill(0.5) },
    { name: "wild", shape: [2, 64], data: new Float32Array(128).fill(1e6) },
    { name: "broken", shape: [1, 64], data: new Float32Array(64).fill(Number.NaN) },
    { name: "void", shape: [0, 64], data: new Float32Array(0) },
  ];
  const file = await engine.openTensorFile(engine.writeSafetensors(tensors));
  const started = startReport(file.tensors, formats("fp16", "bf16"), "sample");
  const report = await finished(measureReport(engine, file, started));
  const refusals = report.rows.map(({ tensor: { name }, outcomes }) => {
    return [name, ...outcomes.map((outcome) => ("refusal" in outcome ? "refused" : "measured"))];
  });
  assert.deepEqual(Object.fromEntries(refusals.map(([name, ...rest]) => [name, rest.toSorted()])), {
    broken: ["refused", "refused"],
    fine: ["measured", "measured"],
    void: ["refused", "refused"],
    wild: ["measured", "refused"],
  });
  const csvText = csv(reportRecords(report));
  assert.match(csvText, /wild,2x64,F32,128,sample,fp16,,,,,.*fp16/i);
});

test("choosing a tensor hands it to the other instruments, choosing it again takes it back", async () => {
  const desk = await sampleDesk();
  const chosen = desk.model.file.tensors.find(({ name }) => name === "lm_head.weight");
  assert.ok(chosen);
  await desk.choose(chosen);
  assert.equal(desk.chosen, chosen);
  assert.deepEqual([tensorChoice.current?.rows, tensorChoice.current?.cols], [256, 256]);
  assert.match(
    tensorChoice.current?.source ?? "",
    /rows spread over lm_head\.weight of sample-llama-2-layers\.safetensors/,
  );
  await desk.choose(chosen);
  assert.equal(tensorChoice.current, undefined);
  await desk.choose(chosen);
  tensorChoice.choose(undefined);
  assert.equal(desk.chosen, undefined, "another instrument went back to its sample");
});

test("a file that cannot be opened is named, and the previous one stays", async () => {
  const desk = await sampleDesk();
  const { model } = desk;
  await desk.open([new File(["no model at all"], "notes.txt")]);
  assert.match(desk.failure ?? "", /^notes\.txt: .*header/);
  assert.equal(desk.model, model);
  const whole = new Uint8Array(await (sample[0] as File).arrayBuffer());
  await desk.open([new File([whole.subarray(0, whole.length - 7)], "cut.safetensors")]);
  assert.match(desk.failure ?? "", /^cut\.safetensors: /);
  const tiny = engine.writeGguf([{ name: "a.weight", shape: [2, 32], data: new Float32Array(64) }], {});
  await desk.open([new File([Uint8Array.from(tiny)], "a.gguf")]);
  assert.equal(desk.failure, undefined);
  assert.equal(desk.model.files.name, "a.gguf");
  assert.equal(desk.model.isSample, false);
});

test("an export is planned before it starts, is what was planned, and can be opened again", async () => {
  const desk = await sampleDesk();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const destination = {
    write: async (chunk: Uint8Array) => void chunks.push(Uint8Array.from(chunk)),
    finish: async () => new File(chunks, "out.gguf"),
    discard: async () => assert.fail("nothing went wrong"),
  };
  const choice = { to: "gguf", format: "f16" } as const;
  await desk.plan(choice);
  const plan = desk.planOf(choice);
  assert.ok(plan && "plan" in plan, JSON.stringify(plan));
  await desk.quantize("out.gguf", choice, destination);
  assert.equal(desk.export?.state, "done", desk.export?.failure);
  const file = desk.export?.file;
  assert.ok(file);
  assert.equal(file.size, plan.plan.byteLength);
  await desk.open([file]);
  assert.equal(desk.model.file.kind, "gguf");
  assert.equal(desk.model.file.metadata["general.architecture"], "llama");
});

test("cancelling stops the report and keeps what was measured", async () => {
  let stopped = 0;
  const background = {
    ...engine,
    terminate: () => void stopped++,
    async openTensorFile(source: FileSource) {
      const file = await engine.openTensorFile(source);
      const measure: TensorFile["measure"] = async (...args) => {
        await new Promise((resolve) => setTimeout(resolve, 40));
        return file.measure(...args);
      };
      return { tensors: file.tensors, measure } as TensorFile;
    },
  };
  const desk = await sampleDesk(background);
  let reached: () => void = () => {};
  const first = new Promise<void>((resolve) => {
    reached = resolve;
  });
  desk.subscribe(() => {
    if ((desk.report?.rows.length ?? 0) > 0) reached();
  });
  const work = desk.measure(formats("int8", "int4", "int2"), "whole");
  await first;
  const { rows } = desk.report as Report;
  desk.cancel();
  await work;
  assert.equal(desk.report?.state, "cancelled");
  assert.equal(stopped, 1);
  assert.ok((desk.report?.rows.length ?? 0) >= rows.length && rows.length < 16);
  assert.equal(desk.isWorking, false);
  assert.ok(desk.model.file.tensors.length > 0, "the list survives");
});
