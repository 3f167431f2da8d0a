import { html, type TemplateResult } from "lit";
import type { FormatInfo, MixtureInfo } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import type { Change, DataTable, InstrumentModule, Readout } from "./instrument.ts";
import { tensorChoice } from "./shared_tensor.ts";
import { choiceField, choicesField, type Fields, numberField, textField } from "./state.ts";
import { Desk, openModel, type Plan } from "./your_weights/desk.ts";
import { saveFile } from "./your_weights/destination.ts";
import { exportChoice, type StoredType, storedTypes } from "./your_weights/export_choice.ts";
import { exportView } from "./your_weights/export_view.ts";
import { fileControls } from "./your_weights/file_controls.ts";
import { filePicture } from "./your_weights/file_picture.ts";
import { listView, longestFilter } from "./your_weights/list_view.ts";
import { type Extent, extents, reportRecords } from "./your_weights/report.ts";
import type { Bound } from "./your_weights/report_picture.ts";
import { reportView } from "./your_weights/report_view.ts";
import { sampleFiles } from "./your_weights/sample_model.ts";
import {
  findTensors,
  type Listing,
  nameText,
  type Order,
  orders,
  pageOf,
  shapeText,
} from "./your_weights/tensor_list.ts";

/** What a report measures at first, as far as the engine has it: a ladder of bits, and one of each family at four. */
const firstFormats = ["q8_0", "q6_k", "q4_k", "q2_k", "mxfp4", "nf4", "int4"];

/** Tensors in the table of data: a file may have a hundred thousand. */
const tabled = 200;

/** Where the bound leaves the pictures at the latest. */
const mostBits = 32;

/** What can be shared of a view: the file itself never is. */
export interface State {
  /** Words that a tensor's name, shape or type must hold. */
  filter: string;
  order: Order;
  page: number;
  /** Of the report. */
  formats: readonly string[];
  extent: Extent;
  /** Of the export. */
  container: "gguf" | "safetensors";
  mixture: string;
  exportFormat: string;
  storedType: StoredType;
}

export interface View {
  state: State;
  desk: Desk;
  listing: Listing;
  formats: readonly FormatInfo[];
  mixtures: readonly MixtureInfo[];
  /** What the export would make, once it is known. */
  plan: Plan | undefined;
  bound: Bound;
}

function fieldsFor(formats: readonly FormatInfo[], mixtures: readonly MixtureInfo[]): Fields<State> {
  const ids = formats.map(({ id }) => id);
  const types = [
    ...mixtures.map(({ id }) => id),
    ...formats.filter(({ kind }) => kind === "ggml").map(({ id }) => id),
  ];
  return {
    filter: textField(longestFilter),
    order: choiceField<Order>("file", orders),
    page: numberField(1, { minimum: 1, maximum: 1e6, integer: true }),
    formats: choicesField(
      firstFormats.filter((id) => ids.includes(id)),
      ids,
    ),
    extent: choiceField<Extent>("sample", extents),
    container: choiceField<State["container"]>("gguf", ["gguf", "safetensors"]),
    mixture: choiceField("q4_k_m", types),
    exportFormat: choiceField("int4", ids),
    storedType: choiceField<StoredType>("BF16", storedTypes),
  };
}

/** Opens Instrument 7.5: the reader's own model file under every format of the engine. */
export const open: InstrumentModule<State, View>["open"] = async (engine, background) => {
  const [formats, mixtures, boundDb, sample] = await Promise.all([
    engine.formats(),
    engine.mixtures(),
    engine.rateDistortionBound({ bitsPerWeight: mostBits }),
    sampleFiles(engine),
  ]);
  const bound = { bits: mostBits, db: boundDb };
  const desk = new Desk(engine, background, await openModel(engine, sample, true));
  const sampleActions = { open: () => void desk.open(sample, true), save: () => saveFile(sample[0]) };

  const search = latest(findTensors);

  function view(state: State): View {
    const listing = pageOf(search(desk.model.file.tensors, state.filter, state.order), state.page);
    const plan = desk.planOf(exportChoice(state, formats));
    return { state, desk, listing, formats, mixtures, plan, bound };
  }

  return {
    fields: fieldsFor(formats, mixtures),
    pins: false,
    compute: async (state) => view(state),
    refine: ({ state, listing, plan }) => {
      const next = listing.shown.find((tensor) => desk.sketchOf(tensor) === undefined);
      if (next) return desk.sketch(next).then(() => view(state));
      if (plan === undefined) return desk.plan(exportChoice(state, formats)).then(() => view(state));
      return undefined;
    },
    watch: (changed) => desk.subscribe(changed),
    controls: () => ({ main: fileControls(desk, sampleActions), more: html`` }),
    pictures: (shown, { width }) => [filePicture(shown, width)],
    panels: (shown, change, { width, live }) => panels(shown, change, width, live),
    readouts,
    table,
    summary,
  };
};

/** Remembers the latest answer: work that goes on draws the same list again and again. */
function latest<Arguments extends unknown[], Answer>(
  find: (...args: Arguments) => Answer,
): (...args: Arguments) => Answer {
  let known: { args: Arguments; answer: Answer } | undefined;
  return (...args) => {
    if (!known?.args.every((arg, index) => arg === args[index])) known = { args, answer: find(...args) };
    return known.answer;
  };
}

/** What stands where nothing can be pressed. */
const atBuild =
  "This is the sample, as the engine read it when the page was made. Where scripts run, the instrument opens a file of " +
  "your own, hands its tensors to Instrument 7.2, measures every format on them and writes the quantized model.";

function panels(view: View, change: Change<State>, width: number, live: boolean): TemplateResult {
  return html`${live ? "" : html`<p class="panel-words">${atBuild}</p>`}${listView(view, change, live)}${reportView(view, change, width, live)}${exportView(view, change, live)}`;
}

function kindText({ desk }: View): string {
  const { kind, version } = desk.model.file;
  return kind === "gguf" ? `GGUF, version ${version}` : "safetensors";
}

function readouts(view: View): Readout[] {
  const { desk } = view;
  const { file, files, parameters, bitsPerWeight, isSample } = desk.model;
  const handed = tensorChoice.current;
  return [
    {
      name: "parameters",
      label: "Weights",
      value: formatFigure(parameters, "count 2"),
      note: isSample ? "the sample: drawn, not trained" : files.name,
    },
    {
      name: "tensors",
      label: "Tensors",
      value: formatFigure(file.tensors.length, "integer"),
      note: kindText(view),
    },
    { name: "file-size", label: "File", value: formatFigure(files.size, "bytes 1") },
    { name: "bits-per-weight", label: "Bits per weight", value: formatFigure(bitsPerWeight, "fixed 2") },
    {
      name: "chosen",
      label: "Handed to 7.2",
      value: formatFigure(handed?.weights.length ?? 0, "integer"),
      note: (desk.chosen && nameText(desk.chosen)) ?? (handed ? handed.source : "choose a tensor below"),
    },
  ];
}

/** The report, once there is one; before it the tensors themselves. */
function table({ desk, listing }: View): DataTable {
  const { report, model } = desk;
  if (report !== undefined && report.rows.length > 0) {
    const [columns = [], ...rows] = reportRecords(report).map((record) => record.map(String));
    return { caption: `What each format makes of ${model.files.name}`, columns, rows: rows.slice(0, tabled) };
  }
  const rows = listing.found
    .slice(0, tabled)
    .map((tensor) => [
      tensor.name,
      shapeText(tensor),
      tensor.type,
      formatFigure(tensor.byteLength, "bytes 1"),
    ]);
  return { caption: `Tensors of ${model.files.name}`, columns: ["Tensor", "Shape", "Type", "Size"], rows };
}

function summary({ desk, listing }: View): string {
  const { report, model, chosen, opening } = desk;
  if (opening !== undefined) return `Opening ${opening}.`;
  if (desk.export !== undefined && desk.export.state !== "running") {
    return `Export ${desk.export.state}: ${desk.export.name}.`;
  }
  if (report !== undefined) {
    const measured = formatFigure(report.rows.length, "integer");
    return `Report ${report.state}: ${measured} of ${formatFigure(report.tensors.length, "integer")} tensors measured.`;
  }
  const listed = `${formatFigure(listing.found.length, "integer")} tensors of ${model.files.name}.`;
  return chosen ? `${nameText(chosen)} is handed to Instrument 7.2 and the landscape. ${listed}` : listed;
}
