import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { copyPythonFiles } from "./web/python/pyodide_files.ts";

/** Keeps the woff2 face of each KaTeX font: every browser with WebAssembly reads it. */
function katexWoff2Only(): Plugin {
  return {
    name: "katex-woff2-only",
    enforce: "pre",
    transform(code, id) {
      if (!/katex[\\/]dist[\\/]katex(\.min)?\.css/.test(id)) return null;
      return code.replaceAll(/,\s*url\([^)]+\.(?:woff|ttf)\)\s*format\("(?:woff|truetype)"\)/g, "");
    },
  };
}

/** Copies Pyodide beside the site, where the Python cells' worker looks for it. */
function copyPython(): Plugin {
  return {
    name: "copy-python",
    apply: "build",
    writeBundle({ dir = "dist" }) {
      copyPythonFiles(join(dir, "python"));
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [katexWoff2Only(), copyPython()],
  // The cells' worker stands with Python's files: like them it is fetched, and kept offline, only when it is wanted.
  worker: {
    format: "es",
    rolldownOptions: {
      output: { entryFileNames: "python/[name]-[hash].js", chunkFileNames: "python/[name]-[hash].js" },
    },
  },
  build: {
    outDir: "dist",
    emptyOutDir: false,
    manifest: true,
    // A data: URL would be refused by the page's content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { main: "web/reader/main.ts", before_first_paint: "web/reader/before_first_paint.ts" },
    },
  },
});
