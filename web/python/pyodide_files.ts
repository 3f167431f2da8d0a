import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What the page fetches of Pyodide, all of it from `python/` under the site's root. */
const names = [
  "pyodide.mjs",
  "pyodide.asm.mjs",
  "pyodide.asm.wasm",
  "python_stdlib.zip",
  "pyodide-lock.json",
];

/** The list of a site's Python files, in `python/files.json`; `numpyWheel` names NumPy's own wheel where bundled. */
export interface PythonManifest {
  version: string;
  files: { name: string; bytes: number }[];
  numpyWheel?: string;
}

export interface PythonFile {
  name: string;
  path: string;
}

function pyodideDirectory(): string {
  return dirname(createRequire(import.meta.url).resolve("pyodide/package.json"));
}

/**
 * NumPy's wheel at `path`, checked against the name and SHA-256 in Pyodide's own lock file. Throws, naming both sums,
 * where the file is another.
 */
export function verifyNumpyWheel(path: string): PythonFile {
  const lock = JSON.parse(readFileSync(join(pyodideDirectory(), "pyodide-lock.json"), "utf8"));
  const { file_name: name, sha256, version } = lock.packages.numpy;
  const found = createHash("sha256").update(readFileSync(path)).digest("hex");
  if (found !== sha256) {
    throw new Error(
      `${path} is not NumPy ${version} for this Pyodide (${name}): SHA-256 is ${found}, not ${sha256}`,
    );
  }
  return { name, path };
}

/** The files that stand under `python/`: Pyodide's, and NumPy's wheel where one is given. */
export function pythonFiles(numpyWheel: string | undefined = process.env.NUMPY_WHEEL): PythonFile[] {
  const files = names.map((name) => ({ name, path: join(pyodideDirectory(), name) }));
  return numpyWheel ? [...files, verifyNumpyWheel(numpyWheel)] : files;
}

/** The manifest of those files, for the page: versions and sizes. */
export function pythonManifest(files: PythonFile[]): PythonManifest {
  const { version } = JSON.parse(readFileSync(join(pyodideDirectory(), "package.json"), "utf8"));
  const wheel = files.find((file) => file.name.endsWith(".whl"));
  return {
    version: wheel ? `${version}-numpy` : version,
    files: files.map((file) => ({ name: file.name, bytes: statSync(file.path).size })),
    ...(wheel && { numpyWheel: wheel.name }),
  };
}

/** Copies Python's files and their manifest to `directory` (the site's `python/`). */
export function copyPythonFiles(directory: string, numpyWheel?: string): PythonManifest {
  const files = pythonFiles(numpyWheel);
  mkdirSync(directory, { recursive: true });
  for (const file of files) copyFileSync(file.path, join(directory, file.name));
  const manifest = pythonManifest(files);
  writeFileSync(join(directory, "files.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}
