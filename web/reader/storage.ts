/** The part of the Web Storage interface that the reader's memory needs. */
export type KeyedStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Remembers nothing: stands in where the browser closes its storage to the page. */
const forgetful: KeyedStorage = { getItem: () => null, setItem: () => {}, removeItem: () => {} };

/** Returns the browser's storage, or one that forgets where it may not be used. */
export function readerStorage(): KeyedStorage {
  try {
    return window.localStorage;
  } catch {
    return forgetful;
  }
}

/** Reads a remembered value; undefined where there is none or where it is no longer JSON. */
export function recall(storage: KeyedStorage, key: string): unknown {
  const text = storage.getItem(key);
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Remembers a value as JSON; does nothing where the storage is full. */
export function remember(storage: KeyedStorage, key: string, value: unknown): void {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // A full storage costs the reader a bookmark, never the page.
  }
}
