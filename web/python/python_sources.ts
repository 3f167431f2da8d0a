import { readdirSync, readFileSync } from "node:fs";

/** The Python files of this directory by path, for node; the worker has them bundled in. */
export function readPythonSources(): Record<string, string> {
  const sources: Record<string, string> = {};
  for (const folder of ["numpy", "modules"]) {
    const directory = new URL(`./${folder}/`, import.meta.url);
    for (const file of readdirSync(directory).sort()) {
      if (file.endsWith(".py")) sources[`${folder}/${file}`] = readFileSync(new URL(file, directory), "utf8");
    }
  }
  return sources;
}
