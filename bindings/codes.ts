import { named, number, optional, word } from "./arguments.ts";
import type { Codes } from "./engine.ts";
import type { Call } from "./module.ts";

const readCodes = named({ format: word, scale: optional(number, 1) });
const readNearest = named({
  format: word,
  value: number,
  scale: optional(number, 1),
  overflow: optional(word, "saturate"),
});
const readMicroscale = named({ format: word, absmax: number, rule: optional(word, "floor") });

/** The methods about single codes, answered through `call`. */
export function codes(call: Call): Codes {
  return {
    codes: (options) =>
      call((module) => {
        const { format, scale } = readCodes(options);
        return module.codes(format, scale);
      }),
    nearestCode: (options) =>
      call((module) => {
        const { format, value, scale, overflow } = readNearest(options);
        return module.nearestCode(format, value, scale, overflow);
      }),
    microscale: (options) =>
      call((module) => {
        const { format, absmax, rule } = readMicroscale(options);
        return module.microscale(format, absmax, rule);
      }),
  };
}
