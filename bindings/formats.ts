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
import { formatShape, groupCode } from "./format_options.ts";
import type { Call } from "./module.ts";

/** Width of an integer grid. */
const bits = integer(2, 8);

const readScale = named({ absmax: number, bits });
const readBits = named({ bits });
const readLevels = named({ format: word, absmax: number, scales: formatShape.scales });
const readTensorOptions = named({ ...formatShape, rows: optional(count, 0), cols: optional(count, 0) });
const readPacked = named(
  {
    bytes,
    bitsPerWeight: number,
    spec: named({ format: word, group: formatShape.group, scales: word, rows: count, cols: count }, "spec"),
  },
  "packed",
);

interface Options {
  format: string;
  group: Group;
  scales: string;
  rows: number;
  cols: number;
}

/** Options as the module takes them. */
function packOptions(options: Options) {
  const { rows, cols } = options;
  if (rows * cols > mostElements) {
    throw invalid(`rows × cols must be at most ${mostElements}, got ${rows} × ${cols}`);
  }
  return { ...options, group: groupCode(options.group) };
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
        const packed = module.pack(float32(weights, "weights"), packOptions(given));
        if (packed === undefined) return undefined;
        const { rows, cols } = packed;
        const spec: PackedSpec = { ...given, scales: given.scales as ScaleType, rows, cols };
        return { bytes: packed.bytes, bitsPerWeight: packed.bitsPerWeight, spec };
      }),
    unpack: (packed) =>
      call((module) => {
        const { bytes, spec } = readPacked(packed);
        return module.unpack(bytes, packOptions(spec));
      }),
    roundTrip: (weights, options) =>
      call((module) =>
        module.roundTrip(float32(weights, "weights"), packOptions(readTensorOptions(options))),
      ),
    levels: (options) =>
      call((module) => {
        const { format, absmax, scales } = readLevels(options);
        return module.levels(format, absmax, scales);
      }),
  };
}
