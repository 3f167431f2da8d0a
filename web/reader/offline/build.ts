import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { generateSW, type RuntimeCaching } from "workbox-build";
import { cachePrefix } from "../../python/offline.ts";
import type { PythonManifest } from "../../python/pyodide_files.ts";

/** The version of Python in the site; it names the cache that the cells fill. */
function pythonVersion(out: string): string {
  const manifest = readFileSync(join(out, "python/files.json"), "utf8");
  return (JSON.parse(manifest) as PythonManifest).version;
}

/** What is not kept from the start: Python and the sample model wait for their first use, and an unknown page is answered by the 404 page. */
function runtimeCaching(out: string): RuntimeCaching[] {
  return [
    {
      urlPattern: /\/python\//,
      handler: "CacheFirst",
      options: { cacheName: cachePrefix + pythonVersion(out), cacheableResponse: { statuses: [200] } },
    },
    // Kept once it has been opened: few readers do.
    { urlPattern: /\/samples\//, handler: "NetworkFirst", options: { cacheName: "samples" } },
    {
      urlPattern: ({ request }) => request.mode === "navigate",
      handler: "NetworkOnly",
      options: { precacheFallback: { fallbackURL: "404.html" } },
    },
  ];
}

/**
 * Writes `service-worker.js` into the built site: every page, asset and the engine are precached by content.
 *
 * @param out the folder of the site, complete but for the service worker.
 * @throws Error where a file could not be read or nothing was found to keep.
 */
export async function buildServiceWorker(out: string): Promise<void> {
  const { count, size, warnings } = await generateSW({
    globDirectory: out,
    globPatterns: ["**/*"],
    globIgnores: [
      "python/**",
      "samples/**",
      "engine/layer_pool*.js", // for hosts and programs: no page loads it
      ".vite/**",
      "service-worker.js*",
      "workbox-*.js*",
      "**/*.d.ts",
      "**/*.map",
    ],
    maximumFileSizeToCacheInBytes: 8 * 2 ** 20,
    dontCacheBustURLsMatching: /\/?assets\/.*-[\w-]{8}\./,
    swDest: join(out, "service-worker.js"),
    inlineWorkboxRuntime: true,
    sourcemap: false,
    cleanupOutdatedCaches: true,
    clientsClaim: true,
    skipWaiting: false,
    runtimeCaching: runtimeCaching(out),
  });
  for (const warning of warnings) console.warn(warning);
  if (count === 0) throw new Error(`nothing to keep for offline reading in ${out}`);
  console.log(`service worker: ${count} files, ${(size / 1e6).toFixed(1)} MB kept for offline reading`);
}

if (import.meta.filename === process.argv[1]) {
  const { values } = parseArgs({ options: { out: { type: "string", default: "dist" } } });
  await buildServiceWorker(values.out);
}
