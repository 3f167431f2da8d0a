import type { PythonManifest } from "./pyodide_files.ts";

/** Python's files live in a cache of this name and their version; the service worker serves `python/` from it. */
export const cachePrefix = "python-";

async function fetchManifest(root: URL): Promise<PythonManifest> {
  const response = await fetch(new URL("files.json", root));
  if (!response.ok) throw new Error("Python's files cannot be reached.");
  return response.json();
}

/**
 * Whether Python, with the worker of this edition, has been kept for offline reading. Where the reader's settings
 * forbid storage nothing has.
 */
export async function isPythonKept(siteRoot: URL, worker: URL): Promise<boolean> {
  if (!("caches" in globalThis)) return false;
  try {
    const marks = await Promise.all([caches.match(completeMark(siteRoot)), caches.match(worker.href)]);
    return marks.every((mark) => mark !== undefined);
  } catch {
    return false;
  }
}

/** The address under which the cache notes that none of Python's own files is missing. */
function completeMark(siteRoot: URL): string {
  return new URL("python/complete", siteRoot).href;
}

/** Fetches one file into the cache unless it is there; `arrived` hears the bytes of each chunk. */
async function keepFile(cache: Cache, url: string, arrived: (bytes: number) => void): Promise<void> {
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`${url} cannot be reached.`);
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        arrived(chunk.byteLength);
        controller.enqueue(chunk);
      },
    }),
  );
  await cache.put(url, new Response(counted, { headers: response.headers }));
}

/** Removes the workers of earlier editions, and the Pythons of earlier versions. */
async function forgetEarlier(cache: Cache, name: string, root: URL, worker: URL): Promise<void> {
  for (const { url } of await cache.keys()) {
    if (url.startsWith(new URL("worker-", root).href) && url !== worker.href) await cache.delete(url);
  }
  for (const old of await caches.keys()) {
    if (old.startsWith(cachePrefix) && old !== name) await caches.delete(old);
  }
}

/**
 * Fetches all of Python, and the worker that runs it, into the reader's cache; `progress` hears the bytes of Python's
 * own files. Files already there are not fetched again.
 */
export async function keepPython(
  siteRoot: URL,
  worker: URL,
  progress: (loaded: number, total: number) => void,
): Promise<void> {
  if (!("caches" in globalThis))
    throw new Error("This browser keeps files only for pages served over HTTPS.");
  const root = new URL("python/", siteRoot);
  const manifest = await fetchManifest(root);
  const name = cachePrefix + manifest.version;
  const cache = await caches.open(name);
  if (!(await cache.match(worker.href))) await keepFile(cache, worker.href, () => {});
  const total = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  let loaded = 0;
  const arrived = (bytes: number): void => {
    loaded += bytes;
    progress(Math.min(loaded, total), total);
  };
  for (const file of manifest.files) {
    const url = new URL(file.name, root).href;
    if (await cache.match(url)) arrived(file.bytes);
    else await keepFile(cache, url, arrived);
  }
  await cache.put(new URL("files.json", root).href, new Response(JSON.stringify(manifest)));
  await cache.put(completeMark(siteRoot), new Response(manifest.version));
  await forgetEarlier(cache, name, root, worker);
}
