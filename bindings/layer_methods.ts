import type { Layers } from "./layer_types.ts";

const methods: Record<keyof Layers, true> = {
  awqScale: true,
  compressCache: true,
  compressLayer: true,
  kiviBits: true,
  outputError: true,
  sampleLayer: true,
  unpackSparse: true,
  wandaRow: true,
};

/** The methods that only the whole engine has. */
export const layerMethods: ReadonlySet<string> = new Set(Object.keys(methods));
