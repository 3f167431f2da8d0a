import { array, named, number, optional } from "./arguments.ts";
import type { Arithmetic, Hardware } from "./engine.ts";
import { formatShape, groupCode } from "./format_options.ts";
import type { Call } from "./module.ts";

const readStream = named({ bytesPerParameter: number, activeParameters: number });
const readCeiling = named({ bandwidth: number, bytesPerParameter: number, activeParameters: number });
const readFormat = named(formatShape);
const readWeights = named({ parameters: number, ...formatShape });
const readCache = named({
  layers: number,
  keyValueHeads: number,
  headDimension: number,
  bytesPerValue: number,
});
const readServing = named({
  weightBytes: number,
  cardMemory: number,
  cacheBytesPerToken: number,
  contextLength: number,
  reserve: optional(number, 0),
});
const readModels = named({
  formats: array(named(formatShape)),
  parameters: number,
  activeParameters: number,
  bandwidth: number,
  cardMemory: number,
  cacheBytesPerToken: number,
  contextLength: number,
  reserve: optional(number, 0),
});
const readPruning = named({ parameters: number, sparsity: number });
const readRatio = named({ numerator: number, denominator: number });
const readPair = named({ a: number, b: number });

/** The hardware methods, answered through `call`. */
export function hardware(call: Call): Hardware {
  return {
    decodeCeiling: (options) =>
      call((module) => {
        const { bandwidth, bytesPerParameter, activeParameters } = readCeiling(options);
        return module.decodeCeiling(bandwidth, bytesPerParameter, activeParameters);
      }),
    bytesPerToken: (options) =>
      call((module) => {
        const { bytesPerParameter, activeParameters } = readStream(options);
        return module.bytesPerToken(bytesPerParameter, activeParameters);
      }),
    bytesPerParameter: (options) =>
      call((module) => {
        const { format, group, scales } = readFormat(options);
        return module.bytesPerParameter(format, groupCode(group), scales);
      }),
    weightMemory: (options) =>
      call((module) => {
        const { parameters, format, group, scales } = readWeights(options);
        return module.weightMemory(parameters, format, groupCode(group), scales);
      }),
    kvCacheBytesPerToken: (options) =>
      call((module) => {
        const { layers, keyValueHeads, headDimension, bytesPerValue } = readCache(options);
        return module.kvCacheBytesPerToken(layers, keyValueHeads, headDimension, bytesPerValue);
      }),
    servingPlan: (options) => call((module) => module.servingPlan(readServing(options))),
    servedModels: (options) => {
      const { formats, parameters, activeParameters, bandwidth, ...serving } = call(() =>
        readModels(options),
      );
      return formats.map(({ format, group, scales }) => {
        const [id, groupSize] = [format, groupCode(group)];
        const bytesPerParameter = call((module) => module.bytesPerParameter(id, groupSize, scales));
        const weightBytes = call((module) => module.weightMemory(parameters, id, groupSize, scales));
        return {
          bytesPerParameter,
          weightBytes,
          ceiling: call((module) => module.decodeCeiling(bandwidth, bytesPerParameter, activeParameters)),
          plan: call((module) => module.servingPlan({ weightBytes, ...serving })),
        };
      });
    },
    remaining: (options) =>
      call((module) => {
        const { parameters, sparsity } = readPruning(options);
        return module.remaining(parameters, sparsity);
      }),
  };
}

/** The arithmetic methods, answered through `call`. */
export function arithmetic(call: Call): Arithmetic {
  return {
    ratio: (options) =>
      call((module) => {
        const { numerator, denominator } = readRatio(options);
        return module.ratio(numerator, denominator);
      }),
    sum: (options) =>
      call((module) => {
        const { a, b } = readPair(options);
        return module.sum(a, b);
      }),
    product: (options) =>
      call((module) => {
        const { a, b } = readPair(options);
        return module.product(a, b);
      }),
  };
}
