import { html, type TemplateResult } from "lit";
import type { FormatInfo, Group, ServedModel } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import { numberControl, pairControl, selectControl } from "./controls.ts";
import accelerators from "./data/accelerators.json" with { type: "json" };
import models from "./data/models.json" with { type: "json" };
import type { Change, Controls, DataTable, Instrument, InstrumentEngine, Readout } from "./instrument.ts";
import { ladderPicture, memoryPicture } from "./speed_of_light_pictures.ts";
import { choiceField, type Fields, numberField, optionalNumberField } from "./state.ts";
import { rateText, shortName } from "./words.ts";

const groups = ["tensor", "32", "64", "128", "256"] as const;
const contextBounds = { minimum: 256, maximum: 1_048_576 };
const giga = 1e9;
/** Formats that stand on the ladder whatever is chosen: one of each width. */
const rungs = ["bf16", "int8", "int7", "int6", "int5", "int4", "int3", "int2"];

/** What a reader may change of a preset: bandwidth in GB/s, memory in GB, parameters in billions, counts. */
const own = {
  bandwidth: { label: "Bandwidth", unit: "GB/s", minimum: 1, maximum: 100_000, step: 10 },
  memory: { label: "Memory", unit: "GB", minimum: 1, maximum: 4096, step: 1 },
  parameters: { label: "Parameters", unit: "B", minimum: 0.01, maximum: 10_000, step: 1 },
  active: { label: "Active per token", unit: "B", minimum: 0.01, maximum: 10_000, step: 1 },
  layers: { label: "Layers", unit: "", minimum: 1, maximum: 1000, step: 1 },
  heads: { label: "KV heads", unit: "", minimum: 1, maximum: 1024, step: 1 },
  dimension: { label: "Head dimension", unit: "", minimum: 1, maximum: 4096, step: 1 },
} as const;

type Own = keyof typeof own;
type Machine = (typeof accelerators)[number];
type Model = (typeof models)[number];

/** An accelerator and a model by their presets, what the reader changed of them, and how the model is served. */
export interface State extends Record<Own, number | undefined> {
  accelerator: string;
  model: string;
  format: string;
  group: (typeof groups)[number];
  context: number;
  cache: string;
}

/** A model in one format on the accelerator. */
export interface Rung extends ServedModel {
  format: FormatInfo;
}

export interface View {
  state: State;
  machine: Machine;
  model: Model;
  /** The format that is chosen. */
  present: Rung;
  /** The rungs and the chosen format, widest first. */
  ladder: Rung[];
  /** Ceiling with the bandwidth of all cards together. */
  together: number;
  /** Bytes of the keys and values of one context. */
  contextBytes: number;
}

function fieldsFor(formats: readonly FormatInfo[]): Fields<State> {
  const ids = formats.map(({ id }) => id);
  const { bandwidth, memory, parameters, active, layers, heads, dimension } = own;
  return {
    accelerator: choiceField(
      "h100",
      accelerators.map(({ id }) => id),
    ),
    model: choiceField(
      "dense-70b",
      models.map(({ id }) => id),
    ),
    format: choiceField("int4", ids),
    group: choiceField<State["group"]>("tensor", groups),
    context: numberField(8192, { ...contextBounds, integer: true }),
    cache: choiceField(
      "fp16",
      cacheFormats(formats).map(({ id }) => id),
    ),
    bandwidth: optionalNumberField(bandwidth),
    memory: optionalNumberField(memory),
    parameters: optionalNumberField(parameters),
    active: optionalNumberField(active),
    layers: optionalNumberField({ ...layers, integer: true }),
    heads: optionalNumberField({ ...heads, integer: true }),
    dimension: optionalNumberField({ ...dimension, integer: true }),
  };
}

/** Formats that servers keep keys and values in. */
function cacheFormats(formats: readonly FormatInfo[]): FormatInfo[] {
  return formats.filter(({ id }) => ["fp16", "int8", "int4"].includes(id));
}

/** The accelerator and the model of a state: the presets, with the reader's own numbers in their place. */
function chosen(state: State): { machine: Machine; model: Model } {
  const machine = accelerators.find(({ id }) => id === state.accelerator) as Machine;
  const model = models.find(({ id }) => id === state.model) as Model;
  const parameters = state.parameters ?? model.parameters;
  // A dense model reads all that it has; no model reads more.
  const read = state.active ?? (model.active === model.parameters ? parameters : model.active);
  const isChanged = (names: readonly Own[]) => names.some((name) => state[name] !== undefined);
  return {
    machine: {
      ...machine,
      name: isChanged(["bandwidth", "memory"]) ? `${machine.name}, changed` : machine.name,
      bandwidth: state.bandwidth ?? machine.bandwidth,
      memory: state.memory ?? machine.memory,
    },
    model: {
      ...model,
      name: isChanged(["parameters", "active", "layers", "heads", "dimension"])
        ? `${model.name}, changed`
        : model.name,
      parameters,
      active: Math.min(read, parameters),
      layers: state.layers ?? model.layers,
      heads: state.heads ?? model.heads,
      dimension: state.dimension ?? model.dimension,
    },
  };
}

/** Opens Instrument 7.3: EQ 7.1 and the memory of a served model. */
export async function open(engine: InstrumentEngine): Promise<Instrument<State, View>> {
  const formats = await engine.formats();

  async function compute(state: State): Promise<View> {
    const { machine, model } = chosen(state);
    const cacheBytesPerToken = await engine.kvCacheBytesPerToken({
      layers: model.layers,
      keyValueHeads: model.heads,
      headDimension: model.dimension,
      bytesPerValue: await engine.bytesPerParameter({ format: state.cache }),
    });
    const group: Group = state.group === "tensor" ? "tensor" : Number(state.group);
    const shown = formats.filter(({ id }) => rungs.includes(id) || id === state.format);
    const served = await engine.servedModels({
      formats: shown.map(({ id, grouped }) => (grouped ? { format: id, group } : { format: id })),
      parameters: model.parameters * giga,
      activeParameters: model.active * giga,
      bandwidth: machine.bandwidth * giga,
      cardMemory: machine.memory * giga,
      cacheBytesPerToken,
      contextLength: state.context,
    });
    const ladder = served
      .map((rung, index): Rung => ({ format: shown[index] as FormatInfo, ...rung }))
      .sort((one, other) => other.bytesPerParameter - one.bytesPerParameter);
    const present = ladder.find(({ format }) => format.id === state.format) as Rung;
    const [together, contextBytes] = await Promise.all([
      engine.product({ a: present.ceiling, b: present.plan.cards }),
      engine.product({ a: cacheBytesPerToken, b: state.context }),
    ]);
    return { state, machine, model, present, ladder, together, contextBytes };
  }

  return {
    fields: fieldsFor(formats),
    pins: false,
    compute,
    controls: (state, change) => controls(formats, state, change),
    pictures: (view, { width }) => [ladderPicture(view, width), memoryPicture(view, width)],
    readouts,
    table,
    summary: ({ machine, model, present }) =>
      `${model.name} in ${shortName(present.format)} on ${machine.name}: at most ` +
      `${rateText(present.ceiling)} tokens per second on ${cardsText(present.plan.cards)}, ` +
      `room for ${formatFigure(present.plan.contexts, "integer")} contexts.`,
  };
}

function named(entries: readonly { id: string; name: string }[]) {
  return entries.map(({ id, name }) => ({ value: id, text: name }));
}

function controls(formats: readonly FormatInfo[], state: State, change: Change<State>): Controls {
  const more = html`<div class="control-row">
      ${pairControl({
        name: "context",
        label: "Context in tokens",
        value: state.context,
        ...contextBounds,
        step: 256,
        text: `${formatFigure(state.context, "integer")} tokens`,
        logarithmic: true,
        change: (context) => change({ context }),
      })}
      ${selectControl({
        name: "cache",
        label: "KV cache in",
        value: state.cache,
        options: named(cacheFormats(formats)),
        change: (cache) => change({ cache }),
      })}
    </div>
    ${ownNumbers(state, change)}`;
  return { main: html`<div class="control-row">${presetControls(formats, state, change)}</div>`, more };
}

function presetControls(formats: readonly FormatInfo[], state: State, change: Change<State>): TemplateResult {
  const grouped = formats.find(({ id }) => id === state.format)?.grouped ?? false;
  return html`
    ${selectControl({
      name: "accelerator",
      label: "Accelerator",
      value: state.accelerator,
      options: named(accelerators),
      change: (accelerator) => change({ accelerator, bandwidth: undefined, memory: undefined }),
    })}
    ${selectControl({
      name: "model",
      label: "Model",
      value: state.model,
      options: named(models),
      change: (model) =>
        change({
          model,
          parameters: undefined,
          active: undefined,
          layers: undefined,
          heads: undefined,
          dimension: undefined,
        }),
    })}
    ${selectControl({
      name: "format",
      label: "Format",
      value: state.format,
      options: named(formats),
      change: (format) => change({ format }),
    })}
    ${selectControl({
      name: "group",
      label: "Scale per",
      value: state.group,
      disabled: !grouped,
      options: groups.map((group) => ({
        value: group,
        text: group === "tensor" ? "tensor" : `${group} weights`,
      })),
      change: (group) => change({ group: group as State["group"] }),
    })}`;
}

/** The numbers behind the presets, for the reader's own machine or model. */
function ownNumbers(state: State, change: Change<State>): TemplateResult {
  const { machine, model } = chosen(state);
  const present = { ...machine, ...model };
  return html`<details class="instrument-more">
    <summary>Numbers behind the presets</summary>
    <div class="control-row">
      ${(Object.keys(own) as Own[]).map((name) =>
        numberControl({
          name,
          ...own[name],
          value: present[name],
          change: (value) => change({ [name]: value }),
        }),
      )}
    </div>
    <p class="instrument-source">${machine.name}: ${machine.source}.</p>
    <p class="instrument-source">${model.name}: ${model.source}.</p>
  </details>`;
}

/** A number of cards in words. */
function cardsText(cards: number): string {
  return `${formatFigure(cards, "integer")} ${cards === 1 ? "card" : "cards"}`;
}

function readouts({ state, present, together, contextBytes }: View): Readout[] {
  const { ceiling, weightBytes, plan, bytesPerParameter, format } = present;
  const scales = format.grouped && state.group !== "tensor" ? `, a scale per ${state.group} counted` : "";
  return [
    {
      name: "ceiling",
      label: "Decode ceiling",
      value: rateText(ceiling),
      unit: "tok/s",
      note:
        plan.cards === 1 ? "one sequence" : `one card's bandwidth; all ${plan.cards}: ${rateText(together)}`,
    },
    {
      name: "memory",
      label: "Weights",
      value: formatFigure(weightBytes, "bytes 1"),
      note: `${formatFigure(bytesPerParameter, "digits 4").replace(/\.?0+$/, "")} B a parameter${scales}`,
    },
    { name: "cards", label: "Cards needed", value: formatFigure(plan.cards, "integer") },
    { name: "cache-room", label: "Room for KV cache", value: formatFigure(plan.roomBytes, "bytes 1") },
    {
      name: "contexts",
      label: "Concurrent contexts",
      value: formatFigure(plan.contexts, "integer"),
      note: `of ${formatFigure(state.context, "integer")} tokens, ${formatFigure(contextBytes, "bytes 2")} each`,
    },
  ];
}

function table({ state, machine, model, ladder }: View): DataTable {
  return {
    caption: `${model.name} on ${machine.name}, contexts of ${formatFigure(state.context, "integer")} tokens`,
    columns: [
      "Format",
      "Bytes a parameter",
      "Ceiling, tok/s",
      "Weights",
      "Cards",
      "Room for KV cache",
      "Contexts",
    ],
    rows: ladder.map(({ format, bytesPerParameter, ceiling, weightBytes, plan }) => [
      shortName(format),
      formatFigure(bytesPerParameter, "digits 4"),
      rateText(ceiling),
      formatFigure(weightBytes, "bytes 1"),
      formatFigure(plan.cards, "integer"),
      formatFigure(plan.roomBytes, "bytes 1"),
      formatFigure(plan.contexts, "integer"),
    ]),
  };
}
