import type { Layers } from "./layer_types.ts";

const methods: Record<keyof Layers, true> = {
  awqScale: true,
  codebookPlane: true,
  compressCache: true,
  compressLayer: true,
  fitCodebook: true,
  kiviBits: true,
  outputError: true,
  sampleLayer: true,
  turnWeights: true,
  unpackSparse: true,
  wandaRow: true,
};

/** The methods that only the whole engine has. */
export const layerMethods: ReadonlySet<string> = new Set(Object.keys(methods));
