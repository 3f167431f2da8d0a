/** Weights that the instruments of a page work on in place of their sample. */
export interface SharedTensor {
  /** Where the weights come from, as the reader knows them: `blk.0.attn_q.weight of model.gguf`. */
  source: string;
  /** [rows, cols], row-major, finite; of a tensor too large to be packed at every change, a part. */
  weights: Float32Array;
  rows: number;
  cols: number;
}

/** What one instrument chooses and the others follow. */
class TensorChoice {
  #current: SharedTensor | undefined;
  readonly #listeners = new Set<() => void>();

  /** The reader's own tensor; none: the sample. */
  get current(): SharedTensor | undefined {
    return this.#current;
  }

  choose(tensor: SharedTensor | undefined): void {
    if (tensor === this.#current) return;
    this.#current = tensor;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after every choice; returns how to stop. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The choice that the instruments of the page share. */
export const tensorChoice = new TensorChoice();
