import { type KeyedStorage, recall, remember } from "./storage.ts";

const key = "solved-exercises";

/** Which exercises of the volume the reader has solved; kept on the reader's machine alone. */
export class Progress {
  private readonly storage: KeyedStorage;
  private readonly solved: Set<string>;
  private readonly listeners: (() => void)[] = [];

  constructor(storage: KeyedStorage) {
    this.storage = storage;
    const kept = recall(storage, key);
    this.solved = new Set(Array.isArray(kept) ? kept.filter((entry) => typeof entry === "string") : []);
  }

  /** Whether the exercise `label` of the page at `page` (its path below the site's root) has been solved. */
  isSolved(page: string, label: string): boolean {
    return this.solved.has(`${page}#${label}`);
  }

  markSolved(page: string, label: string): void {
    if (this.isSolved(page, label)) return;
    this.solved.add(`${page}#${label}`);
    remember(this.storage, key, [...this.solved]);
    this.announce();
  }

  /** Forgets every solved exercise of the volume. */
  clear(): void {
    this.solved.clear();
    this.storage.removeItem(key);
    this.announce();
  }

  /** Calls `listener` now and after every change. */
  watch(listener: () => void): void {
    this.listeners.push(listener);
    listener();
  }

  private announce(): void {
    for (const listener of this.listeners) listener();
  }
}
