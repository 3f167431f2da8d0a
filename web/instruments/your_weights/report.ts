import type { FormatInfo, PooledError, TensorFile, TensorInfo } from "../../../bindings/engine.ts";
import type { InstrumentEngine } from "../instrument.ts";
import { elementsOf } from "./tensor_list.ts";

/** How much of each tensor is measured: rows spread over it, or every weight. */
export const extents = ["sample", "whole"] as const;

export type Extent = (typeof extents)[number];

/** Most weights of a tensor in a sample. */
export const sampleWeights = 2 ** 18;

/** Weights that are measured in one call: what a cancel waits for at most, and what is in memory at once. */
const pieceWeights = 2 ** 22;

/** What a format makes of a tensor, or why the engine refuses it. */
export type Outcome = { error: PooledError } | { refusal: string };

/** A tensor that has been measured, in each format of the report. */
export interface ReportRow {
  tensor: TensorInfo;
  outcomes: Outcome[];
}

/** A format over all tensors that have been measured. */
export interface Total {
  format: FormatInfo;
  /** Of the tensors that were measured, each by its own number of weights. */
  error: PooledError | undefined;
  /** Of the whole file: with the tensors that are left as they are. */
  stored: PooledError | undefined;
  refused: number;
  /** The tensor with the smallest signal-to-noise ratio. */
  worst: { tensor: TensorInfo; error: PooledError } | undefined;
}

/** How far the measuring has come. */
export interface Progress {
  weights: number;
  ofWeights: number;
}

export interface Report {
  formats: readonly FormatInfo[];
  extent: Extent;
  /** Tensors to measure, and those that stay in floating point as llama.cpp leaves them. */
  tensors: readonly TensorInfo[];
  left: readonly TensorInfo[];
  rows: readonly ReportRow[];
  totals: readonly Total[];
  progress: Progress;
  state: "running" | "done" | "cancelled" | "failed";
  failure?: string;
}

/** Rows of a tensor that are measured in one call; none: the whole tensor, or a sample of it. */
function* piecesOf({ rows, cols }: TensorInfo, extent: Extent) {
  if (extent === "sample") {
    yield { weights: sampleWeights };
    return;
  }
  const step = Math.max(1, Math.floor(pieceWeights / cols));
  for (let from = 0; from < rows; from += step) yield { rows: { from, count: Math.min(step, rows - from) } };
}

/** Weights of a tensor that a report looks at, at most. */
function weightsMeasured(tensor: TensorInfo, extent: Extent): number {
  const elements = elementsOf(tensor);
  return extent === "whole" ? elements : Math.min(elements, sampleWeights);
}

/** A report before its first tensor. */
export function startReport(
  tensors: readonly TensorInfo[],
  formats: readonly FormatInfo[],
  extent: Extent,
): Report {
  const measured = tensors.filter(({ readable, staysFloat }) => readable && !staysFloat);
  return {
    formats,
    extent,
    tensors: measured,
    left: tensors.filter(({ readable, staysFloat }) => !readable || staysFloat),
    rows: [],
    totals: formats.map((format) => {
      return { format, error: undefined, stored: undefined, refused: 0, worst: undefined };
    }),
    progress: {
      weights: 0,
      ofWeights: measured.reduce((sum, tensor) => sum + weightsMeasured(tensor, extent), 0),
    },
    state: "running",
  };
}

/** Measures the tensors of a report one after another; answers after every piece with the report so far. */
export async function* measureReport(
  engine: InstrumentEngine,
  file: TensorFile,
  started: Report,
): AsyncGenerator<Report> {
  let report: Report = { ...started, totals: await withTensorsLeft(engine, started) };
  const options = report.formats.map(({ id, grouped, blockSize }) => {
    return { format: id, ...(grouped ? { group: blockSize } : {}) };
  });
  for (const tensor of report.tensors) {
    const before = report.progress.weights;
    const parts: Outcome[][] = options.map(() => []);
    for (const piece of piecesOf(tensor, report.extent)) {
      const measured = await file.measure(tensor.name, { formats: options, ...piece });
      measured.forEach((outcome, index) => {
        parts[index]?.push(outcome);
      });
      const [first] = measured;
      const weights = first !== undefined && "error" in first ? first.error.weights : 0;
      report = progressed(report, report.progress.weights + weights);
      yield report;
    }
    const outcomes = await Promise.all(parts.map((outcome) => pooled(engine, outcome)));
    const totals = await Promise.all(
      report.totals.map((total, index) => withTensor(engine, total, tensor, outcomes[index])),
    );
    report = {
      ...progressed(report, before + weightsMeasured(tensor, report.extent)),
      rows: [...report.rows, { tensor, outcomes }],
      totals,
    };
    yield report;
  }
  yield { ...report, state: "done" };
}

function progressed(report: Report, weights: number): Report {
  return { ...report, progress: { ...report.progress, weights } };
}

/** The pieces of a tensor together; a refusal of one is a refusal of all. */
async function pooled(engine: InstrumentEngine, parts: readonly Outcome[]): Promise<Outcome> {
  const refused = parts.find((part) => "refusal" in part);
  if (refused) return refused;
  const errors = parts.flatMap((part) => ("error" in part ? [part.error] : []));
  return errors.length === 1 && errors[0]
    ? { error: errors[0] }
    : { error: await engine.pooledError({ parts: errors }) };
}

async function withTensor(
  engine: InstrumentEngine,
  total: Total,
  tensor: TensorInfo,
  outcome: Outcome | undefined,
): Promise<Total> {
  if (outcome === undefined || "refusal" in outcome) return { ...total, refused: total.refused + 1 };
  const part = { ...outcome.error, weights: elementsOf(tensor) };
  const together = (sum: PooledError | undefined) =>
    engine.pooledError({ parts: sum ? [sum, part] : [part] });
  const isWorst = total.worst === undefined || outcome.error.sqnrDb < total.worst.error.sqnrDb;
  return {
    ...total,
    error: await together(total.error),
    stored: await together(total.stored),
    worst: isWorst ? { tensor, error: outcome.error } : total.worst,
  };
}

/** The totals before the first tensor: what stays in floating point counts with 32 bits, as llama.cpp stores it. */
async function withTensorsLeft(engine: InstrumentEngine, { left, totals }: Report): Promise<Total[]> {
  const weights = left
    .filter(({ readable }) => readable)
    .reduce((sum, tensor) => sum + elementsOf(tensor), 0);
  if (weights === 0) return [...totals];
  const parts = [{ weights, bitsPerWeight: 32, rms: 0, rmse: 0, maxError: 0 }];
  const stored = await engine.pooledError({ parts });
  return totals.map((total) => ({ ...total, stored }));
}

/** The smallest signal-to-noise ratio of a tensor in any format; infinite where nothing was lost or measured. */
function worstRatio({ outcomes }: ReportRow): number {
  return Math.min(...outcomes.map((outcome) => ("error" in outcome ? outcome.error.sqnrDb : Infinity)));
}

/** The rows of a report, those that suffer most first. */
export function worstFirst(rows: readonly ReportRow[]): ReportRow[] {
  return rows.toSorted((one, other) => {
    const [left, right] = [worstRatio(one), worstRatio(other)];
    return left === right ? 0 : left - right;
  });
}

/** The report as a table of plain numbers, a line for each tensor and format. */
export function reportRecords({ rows, formats, extent }: Report): (string | number)[][] {
  const heads = [
    "tensor",
    "shape",
    "stored_as",
    "weights",
    "measured",
    "format",
    "bits_per_weight",
    "rms_error",
    "max_error",
    "sqnr_db",
    "refusal",
  ];
  const lines = rows.flatMap(({ tensor, outcomes }) =>
    outcomes.map((outcome, index) => {
      const head = [tensor.name, tensor.shape.join("x"), tensor.type, elementsOf(tensor)];
      const format = formats[index]?.id ?? "";
      if ("refusal" in outcome) return [...head, extent, format, "", "", "", "", outcome.refusal];
      const { weights, bitsPerWeight, rmse, maxError, sqnrDb } = outcome.error;
      return [...head, weights, format, bitsPerWeight, rmse, maxError, sqnrDb, ""];
    }),
  );
  return [heads, ...lines];
}
