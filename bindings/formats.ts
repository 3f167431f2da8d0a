import {
  bytes,
  count,
  float32,
  integer,
  invalid,
  mostElements,
  named,
  number,
  optional,
  word,
} from "./arguments.ts";
import type { Formats, Group, Packed, PackedSpec, ScaleType } from "./engine.ts";
import { formatShape, groupCode, readSpec } from "./format_options.ts";
import type { Call } from "./module.ts";

/** Width of an integer grid. */
const bits = integer(2, 8);

const readScale = named({ absmax: number, bits });
const readBits = named({ bits });
const readBlock = named({ format: word });
const readLevels = named({ format: word, absmax: number, scales: formatShape.scales });
const readTensorOptions = named({
  ...formatShape,
  rows: optional(count, 0),
  cols: optional(count, 0),
  overflow: optional(word, "saturate"),
  scaleRule: optional(word, "floor"),
  importance: optional(float32, new Float32Array(0)),
  seed: optional(integer(0, Number.MAX_SAFE_INTEGER), 0),
});
const readPacked = named(
  {
    bytes,
    bitsPerWeight: number,
    spec: readSpec,
  },
  "packed",
);

interface Spec {
  format: string;
  group: Group;
  scales: string;
  rows: number;
  cols: number;
}

/** A spec as the module takes it. */
function moduleSpec({ format, group, scales, rows, cols }: Spec) {
  if (rows * cols > mostElements) {
    throw invalid(`rows × cols must be at most ${mostElements}, got ${rows} × ${cols}`);
  }
  return { format, group: groupCode(group), scales, rows, cols };
}

/** Options of packing as the module takes them. */
export function packOptions(options: unknown) {
  return optionsOf(readTensorOptions(options));
}

function optionsOf(options: ReturnType<typeof readTensorOptions>) {
  const { overflow, scaleRule, importance, seed } = options;
  return { spec: moduleSpec(options), overflow, scaleRule, importance, seed };
}

/** The format methods, answered through `call`. */
export function formats(call: Call): Formats {
  return {
    formats: () =>
      call((module) => module.formats()).map((info) => ({
        ...info,
        id: String(info.id),
        name: String(info.name),
        kind: String(info.kind),
        source: String(info.source),
        description: String(info.description),
      })),
    symmetricScale: (options) =>
      call((module) => {
        const { absmax, bits } = readScale(options);
        return module.symmetricScale(absmax, bits);
      }),
    symmetricLevels: (options) => call((module) => module.symmetricLevels(readBits(options).bits)),
    pack: (weights, options) =>
      call((module): Packed | undefined => {
        const given = readTensorOptions(options);
        const packed = module.pack(float32(weights, "weights"), optionsOf(given));
        if (packed === undefined) return undefined;
        const { rows, cols } = packed;
        const { format, group, scales } = given;
        const spec: PackedSpec = { format, group, scales: scales as ScaleType, rows, cols };
        return { bytes: packed.bytes, bitsPerWeight: packed.bitsPerWeight, spec };
      }),
    unpack: (packed) =>
      call((module) => {
        const { bytes, spec } = readPacked(packed);
        return module.unpack(bytes, moduleSpec(spec));
      }),
    roundTrip: (weights, options) =>
      call((module) => module.roundTrip(float32(weights, "weights"), packOptions(options))),
    levels: (options) =>
      call((module) => {
        const { format, absmax, scales } = readLevels(options);
        return module.levels(format, absmax, scales);
      }),
    blockFields: (options) => {
      const { fields, ...layout } = call((module) => module.blockFields(readBlock(options).format));
      return { ...layout, fields: fields.map(({ name, ...field }) => ({ ...field, name: String(name) })) };
    },
  };
}
