import type { CompressedLayer, Layer, Matrix, Recipe, SampleLayerOptions } from "../../bindings/engine.ts";
import type { InstrumentEngine } from "./instrument.ts";
import { remember, rememberOf } from "./remember.ts";
import type { SharedTensor } from "./shared_tensor.ts";

/** A layer that an instrument works on. */
export interface DrawnLayer extends Layer {
  /** Where its weights come from, as the reader knows them. */
  source: string;
}

/** Answers of methods on layers, each asked once. */
export type Measure = (layer: Layer, recipe: Recipe) => Promise<CompressedLayer>;

/** The rows and columns of a tensor that come first, as many as an instrument works on. */
export function corner(
  { weights, rows, cols }: SharedTensor,
  outputs: number,
  inputs: number,
): Matrix<Float32Array> {
  const [height, width] = [Math.min(rows, outputs), Math.min(cols, inputs)];
  const data = new Float32Array(height * width);
  for (let row = 0; row < height; row++) {
    data.set(weights.subarray(row * cols, row * cols + width), row * width);
  }
  return { rows: height, cols: width, data };
}

/**
 * Draws a layer with its activations; the reader's own tensor, where there is one, takes the place of the weights, as
 * far as the layer is large.
 */
export async function drawLayer(
  engine: InstrumentEngine,
  options: SampleLayerOptions,
  own: SharedTensor | undefined,
): Promise<DrawnLayer> {
  if (own === undefined) {
    const { weights, calibration, heldOut } = await engine.sampleLayer(options);
    const source = `a drawn layer of ${options.outputs} × ${options.inputs}, seed ${options.seed}`;
    return { weights, calibration, heldOut, source };
  }
  const weights = corner(own, options.outputs, options.inputs);
  const { calibration, heldOut } = await engine.sampleLayer({ ...options, inputs: weights.cols });
  const source = `${weights.rows} × ${weights.cols} weights of ${own.source}, under drawn activations`;
  return { weights, calibration, heldOut, source };
}

/** Draws layers, and knows the latest ones. */
export function layerDrawing(engine: InstrumentEngine) {
  const draw = remember((options: SampleLayerOptions) => drawLayer(engine, options, undefined), 4);
  const drawUnder = rememberOf(
    (own: SharedTensor, options: SampleLayerOptions) => drawLayer(engine, options, own),
    4,
  );
  return (options: SampleLayerOptions, own: SharedTensor | undefined): Promise<DrawnLayer> =>
    own === undefined ? draw(options) : drawUnder(own, options);
}

/** Methods on layers, answered by `engine`; of each layer the `most` latest answers are known. */
export function measuring(engine: InstrumentEngine, most: number): Measure {
  return rememberOf(({ weights, calibration, heldOut }: Layer, recipe: Recipe) => {
    const matrices = { weights, calibration, ...(heldOut && { heldOut }) };
    return engine.compressLayer(matrices, recipe);
  }, most);
}
