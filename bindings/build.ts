/**
 * Makes the engine's folder of the site from the built modules:
 *
 *     node --import tsx bindings/build.ts --out dist/engine
 */
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build } from "vite";

const bindings = import.meta.dirname;
const root = resolve(bindings, "..");

/** The scripts of the folder, and which of them load the face that stands beside them, so that there is one copy. */
const scripts = { compression: false, worker: true, layer_pool: true, layer_pool_worker: true };

async function bundle(out: string, name: string, besideFace: boolean): Promise<void> {
  // The pool needs of the face only its errors: a program catches them as one class.
  const face = [join(bindings, "compression.ts"), join(bindings, "errors.ts")];
  await build({
    configFile: false,
    root,
    logLevel: "warn",
    build: {
      outDir: out,
      emptyOutDir: false,
      copyPublicDir: false,
      target: "es2022",
      lib: { entry: join(bindings, `${name}.ts`), formats: ["es"], fileName: () => `${name}.js` },
      rolldownOptions: {
        external: [/^node:/, ...(besideFace ? face : [])],
        output: { paths: Object.fromEntries(face.map((path) => [path, "./compression.js"])), minify: true },
      },
    },
  });
}

/** The declarations of the face: compression.d.ts and what it takes its types from. */
async function declare(out: string): Promise<void> {
  const emitted = await mkdtemp(join(tmpdir(), "declarations-"));
  try {
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const project = join(bindings, "tsconfig.declarations.json");
    execFileSync(process.execPath, [compiler, "-p", project, "--outDir", emitted], { stdio: "inherit" });
    for (const name of ["compression", "engine", "errors", "file_types", "layer_pool", "layer_types"]) {
      const declaration = await readFile(join(emitted, `${name}.d.ts`), "utf8");
      await writeFile(join(out, `${name}.d.ts`), declaration.replaceAll(/(from "\.\/\w+)\.ts"/g, '$1.js"'));
    }
  } finally {
    await rm(emitted, { recursive: true });
  }
}

/** Makes node take the scripts for ES modules wherever the folder is copied to. */
async function describePackage(out: string): Promise<void> {
  await writeFile(join(out, "package.json"), `${JSON.stringify({ type: "module" })}\n`);
}

/** The WebAssembly modules with the scripts that load them. */
async function copyModules(out: string): Promise<void> {
  for (const variant of ["simd", "scalar"]) {
    for (const name of [`compression-${variant}`, `compression-core-${variant}`]) {
      for (const ending of ["mjs", "wasm"]) {
        const file = `${name}.${ending}`;
        await copyFile(join(root, `build/wasm-${variant}`, file), join(out, file));
      }
    }
  }
}

const { values } = parseArgs({ options: { out: { type: "string", default: join(root, "dist/engine") } } });
const out = resolve(values.out);
await mkdir(out, { recursive: true });
for (const [name, besideFace] of Object.entries(scripts)) await bundle(out, name, besideFace);
await declare(out);
await describePackage(out);
await copyModules(out);
