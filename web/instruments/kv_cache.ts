import { html, type TemplateResult } from "lit";
import type {
  AttentionHead,
  CachePrecision,
  CacheRecipe,
  CompressedCache,
  FormatInfo,
  ServedModel,
} from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import { numberControl, pairControl, rangeControl, selectControl } from "./controls.ts";
import accelerators from "./data/accelerators.json" with { type: "json" };
import models from "./data/models.json" with { type: "json" };
import type { Change, Controls, DataTable, Instrument, InstrumentEngine, Readout } from "./instrument.ts";
import { drawHead, rangesOf, shape } from "./kv_cache_head.ts";
import { channelPicture, rangesPicture } from "./kv_cache_pictures.ts";
import { remember } from "./remember.ts";
import { memoryPicture } from "./speed_of_light_pictures.ts";
import { choiceField, type Fields, numberField } from "./state.ts";
import { shortName, valueText } from "./words.ts";

const giga = 1e9;

/** Formats of the engine, and KIVI's grid at a few bits. */
const precisions = ["fp16", "fp8_e4m3", "int8", "int4", "kivi4", "kivi3", "kivi2"] as const;
type Precision = (typeof precisions)[number];

/** What shares a scale: a channel over tokens, or a token over channels. */
const axes = ["channel", "token"] as const;
type Axis = (typeof axes)[number];

const groups = ["16", "32", "64", "128"] as const;

const bounds = {
  context: { minimum: 256, maximum: 1_048_576, integer: true },
  outlier: { minimum: 1, maximum: 40 },
  channel: { minimum: 0, maximum: shape.dimension - 1, integer: true },
  window: { minimum: 0, maximum: 128, integer: true },
  seed: { minimum: 0, maximum: 9999, integer: true },
};

export interface State {
  keys: Precision;
  keyAxis: Axis;
  values: Precision;
  valueAxis: Axis;
  group: (typeof groups)[number];
  /** KIVI's residual window: recent tokens that stay in FP16. */
  window: number;
  /** The channel that is followed over the tokens. */
  channel: number;
  /** The loudest channels of the keys are so many times as large as they would be, at most. */
  outlier: number;
  seed: number;
  accelerator: string;
  model: string;
  context: number;
}

type Machine = (typeof accelerators)[number];
type Model = (typeof models)[number];

export interface View {
  state: State;
  head: AttentionHead;
  cache: CompressedCache;
  /** Of the model: bytes of one token's keys and values in all layers. */
  tokenBytes: number;
  contextBytes: number;
  machine: Machine;
  model: Model;
  /** The model with weights in INT4 on the machine. */
  present: ServedModel;
  /** What the same room holds with keys and values in FP16. */
  plainContexts: number;
}

const fields: Fields<State> = {
  keys: choiceField<Precision>("kivi2", precisions),
  keyAxis: choiceField<Axis>("token", axes),
  values: choiceField<Precision>("kivi2", precisions),
  valueAxis: choiceField<Axis>("token", axes),
  group: choiceField<State["group"]>("32", groups),
  window: numberField(0, bounds.window),
  channel: numberField(41, bounds.channel),
  outlier: numberField(20, bounds.outlier),
  seed: numberField(3, bounds.seed),
  accelerator: choiceField(
    "h100",
    accelerators.map(({ id }) => id),
  ),
  model: choiceField(
    "dense-70b",
    models.map(({ id }) => id),
  ),
  context: numberField(8192, bounds.context),
};

/** Whether a precision has scales that a channel or a token can share. */
function hasScales(precision: Precision): boolean {
  return precision !== "fp16" && precision !== "fp8_e4m3";
}

function precisionOf(precision: Precision, axis: Axis, group: State["group"]): CachePrecision {
  const shared = { byChannel: hasScales(precision) && axis === "channel", group: Number(group) };
  const [, bits] = /^kivi(\d)$/.exec(precision) ?? [];
  return bits === undefined ? { format: precision, ...shared } : { bits: Number(bits), ...shared };
}

/** The model with a cache of so many bytes a token on the machine. */
async function serve(
  engine: InstrumentEngine,
  machine: Machine,
  model: Model,
  bytes: number,
  context: number,
) {
  const [served] = await engine.servedModels({
    formats: [{ format: "int4" }],
    parameters: model.parameters * giga,
    activeParameters: model.active * giga,
    bandwidth: machine.bandwidth * giga,
    cardMemory: machine.memory * giga,
    cacheBytesPerToken: bytes,
    contextLength: context,
  });
  return served as ServedModel;
}

/** Opens Instrument 7.10: keys and values of a head in few bits, and what a card holds of them. */
export async function open(engine: InstrumentEngine): Promise<Instrument<State, View>> {
  const formats = await engine.formats();
  const draw = remember((outlier: number, seed: number) => drawHead(engine, outlier, seed), 4);

  const store = remember(
    async (outlier: number, seed: number, recipe: CacheRecipe) =>
      engine.compressCache(await draw(outlier, seed), recipe),
    16,
  );
  const serving = remember(async (machine: Machine, model: Model, bits: number, context: number) => {
    const bytesOf = async (both: number) =>
      engine.kvCacheBytesPerToken({
        layers: model.layers,
        keyValueHeads: model.heads,
        headDimension: model.dimension,
        bytesPerValue: await engine.ratio({ numerator: both, denominator: 16 }),
      });
    const [tokenBytes, plainBytes] = await Promise.all([bytesOf(bits), bytesOf(32)]);
    const [present, plain, contextBytes] = await Promise.all([
      serve(engine, machine, model, tokenBytes, context),
      serve(engine, machine, model, plainBytes, context),
      engine.product({ a: tokenBytes, b: context }),
    ]);
    return { tokenBytes, contextBytes, present, plainContexts: plain.plan.contexts };
  }, 16);

  async function compute(state: State): Promise<View> {
    const machine = accelerators.find(({ id }) => id === state.accelerator) as Machine;
    const model = models.find(({ id }) => id === state.model) as Model;
    const { outlier, seed, group, window, context } = state;
    const [head, cache] = await Promise.all([
      draw(outlier, seed),
      store(outlier, seed, {
        keys: precisionOf(state.keys, state.keyAxis, group),
        values: precisionOf(state.values, state.valueAxis, group),
        window,
        context,
      }),
    ]);
    const bits = await engine.sum({ a: cache.keyBits, b: cache.valueBits });
    return { state, head, cache, machine, model, ...(await serving(machine, model, bits, context)) };
  }

  return {
    fields,
    pins: true,
    compute,
    controls: (state, change) => controls(formats, state, change),
    pictures: (view, { width, change }) => [
      rangesPicture(view, width, (channel) => change({ channel })),
      channelPicture(view, width),
      memoryPicture(view, width),
    ],
    readouts,
    notes,
    table,
    summary: ({ cache, present, state, tokenBytes }) =>
      `Attention output error ${errorText(cache.attentionError)}, ${formatFigure(tokenBytes, "bytes 1")} a token, ` +
      `room for ${formatFigure(present.plan.contexts, "integer")} contexts of ${formatFigure(state.context, "integer")}.`,
  };
}

const errorText = (error: number) => formatFigure(error, "percent 1");
const bitsText = (bits: number) => formatFigure(bits, "fixed 2");

function controls(formats: readonly FormatInfo[], state: State, change: Change<State>): Controls {
  const main = html`<div class="control-row">${sideControls("key", formats, state, change)}</div>
    <div class="control-row">${sideControls("value", formats, state, change)}</div>
    <div class="control-row">
      ${rangeControl({
        name: "channel",
        label: "Follow channel",
        value: state.channel,
        ...bounds.channel,
        step: 1,
        text: String(state.channel),
        change: (channel) => change({ channel }),
      })}
      ${selectControl({
        name: "group",
        label: "Numbers under one scale",
        value: state.group,
        options: groups.map((group) => ({ value: group, text: group })),
        change: (group) => change({ group: group as State["group"] }),
      })}
      ${rangeControl({
        name: "window",
        label: "Recent tokens in FP16",
        value: state.window,
        ...bounds.window,
        step: 16,
        text: String(state.window),
        change: (window) => change({ window }),
      })}
    </div>`;
  return { main, more: html`<div class="control-row">${servingControls(state, change)}</div>` };
}

/** How one side of the cache is stored. */
function sideControls(
  side: "key" | "value",
  formats: readonly FormatInfo[],
  state: State,
  change: Change<State>,
): TemplateResult {
  const precision = side === "key" ? state.keys : state.values;
  const axis = side === "key" ? state.keyAxis : state.valueAxis;
  const label = side === "key" ? "Keys" : "Values";
  return html`
    ${selectControl({
      name: `${side}s`,
      label: `${label} in`,
      value: precision,
      options: precisions.map((id) => ({ value: id, text: precisionText(id, formats) })),
      change: (chosen) =>
        change(side === "key" ? { keys: chosen as Precision } : { values: chosen as Precision }),
    })}
    ${selectControl({
      name: `${side}-axis`,
      label: `${label}: scales by`,
      value: axis,
      disabled: !hasScales(precision),
      options: [
        { value: "channel", text: "channel, over tokens" },
        { value: "token", text: "token, over channels" },
      ],
      change: (chosen) =>
        change(side === "key" ? { keyAxis: chosen as Axis } : { valueAxis: chosen as Axis }),
    })}`;
}

function precisionText(id: Precision, formats: readonly FormatInfo[]): string {
  const [, bits] = /^kivi(\d)$/.exec(id) ?? [];
  if (bits !== undefined) return `KIVI’s grid, ${bits} bits`;
  const format = formats.find((known) => known.id === id);
  return format ? shortName(format) : id;
}

/** The head, and who serves it. */
function servingControls(state: State, change: Change<State>): TemplateResult {
  const named = (entries: readonly { id: string; name: string }[]) =>
    entries.map(({ id, name }) => ({ value: id, text: name }));
  return html`
    ${selectControl({
      name: "accelerator",
      label: "Accelerator",
      value: state.accelerator,
      options: named(accelerators),
      change: (accelerator) => change({ accelerator }),
    })}
    ${selectControl({
      name: "model",
      label: "Model, weights in INT4",
      value: state.model,
      options: named(models),
      change: (model) => change({ model }),
    })}
    ${pairControl({
      name: "context",
      label: "Context in tokens",
      value: state.context,
      ...bounds.context,
      step: 256,
      text: `${formatFigure(state.context, "integer")} tokens`,
      logarithmic: true,
      change: (context) => change({ context }),
    })}
    ${rangeControl({
      name: "outlier",
      label: "Loud keys",
      value: state.outlier,
      ...bounds.outlier,
      step: 1,
      text: `≤ × ${state.outlier}`,
      change: (outlier) => change({ outlier }),
    })}
    ${numberControl({
      name: "seed",
      label: "Seed",
      value: state.seed,
      ...bounds.seed,
      step: 1,
      change: (seed) => change({ seed }),
    })}`;
}

function readouts({ state, cache, tokenBytes, present, plainContexts }: View): Readout[] {
  return [
    {
      name: "attention-error",
      label: "Attention output error",
      value: errorText(cache.attentionError),
      note: `${shape.queries} queries over ${shape.tokens} tokens`,
    },
    {
      name: "key-error",
      label: "Error of keys",
      value: errorText(cache.keyError),
      note: `${bitsText(cache.keyBits)} bits a number`,
    },
    {
      name: "value-error",
      label: "Error of values",
      value: errorText(cache.valueError),
      note: `${bitsText(cache.valueBits)} bits a number`,
    },
    {
      name: "token-bytes",
      label: "Cache per token",
      value: formatFigure(tokenBytes, "bytes 1"),
      note: state.window === 0 ? "all layers, scales counted" : "all layers, scales and window counted",
    },
    {
      name: "contexts",
      label: "Concurrent contexts",
      value: formatFigure(present.plan.contexts, "integer"),
      note: `of ${formatFigure(state.context, "integer")} tokens; ${formatFigure(plainContexts, "integer")} in FP16`,
    },
  ];
}

function notes({ state, model, machine }: View): TemplateResult {
  return html`<p>
    A drawn head, seed ${state.seed}: a few channels of the keys are loud for every token, those of the values are not.
    Errors are relative, ‖A − A′‖ / ‖A‖.
    ${
      state.window === 0
        ? ""
        : html`The values of the last ${state.window} tokens stay in FP16, and the keys that do not yet fill a window of
    so many. The errors are those of a head with ${shape.tokens} tokens; bits and bytes are counted over the whole context.`
    }
    ${model.name} has ${model.layers} layers of ${model.heads} key-value heads with
    ${model.dimension} channels; ${machine.name} has ${machine.memory} GB.
  </p>`;
}

/** Every channel from its smallest number to its largest. */
function table({ head, state }: View): DataTable {
  const sides = [rangesOf(head.keys), rangesOf(head.values)];
  return {
    caption: `Channels of keys and values over ${shape.tokens} tokens, seed ${state.seed}`,
    columns: ["Channel", "Smallest key", "Largest key", "Smallest value", "Largest value"],
    rows: Array.from({ length: head.keys.cols }, (_, channel) => [
      String(channel),
      ...sides.flatMap((ranges) =>
        (ranges[channel] ?? []).map((end) => valueText(Number(end.toPrecision(3)))),
      ),
    ]),
  };
}
