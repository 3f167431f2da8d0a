import type { PyodideInterface } from "pyodide";
import type { Engine } from "../../bindings/compression.ts";
import type { Series } from "./chart.ts";
import { numpyBridge } from "./numpy_bridge.ts";

/** Where a run's output goes: text as it is written, charts as they are drawn. */
export interface Output {
  write(stream: "stdout" | "stderr", text: string): boolean;
  plot(series: Series): void;
}

export interface RuntimeOptions {
  /** Loads Pyodide; the caller knows where its files are. */
  load(): Promise<PyodideInterface>;
  /** The Python files of this directory, by path: `numpy/__init__.py`, `modules/cells.py`, … */
  sources: Record<string, string>;
  engine: Engine;
  /** NumPy's own wheel, where the build bundles it; it then stands in for the face over numpy-ts. */
  numpyWheel?: Uint8Array;
}

/** Python with `numpy`, `compression` and `plot_xy`, the same under node (build, tests) and in the page's worker. */
export interface PythonRuntime {
  version: string;
  /** Runs a cell in a namespace of its own; `false` where it ended in an error, which is then in the output. */
  run(source: string, name: string, output: Output): boolean;
}

const home = "/lib/encyclopedia";

export async function startPython(options: RuntimeOptions): Promise<PythonRuntime> {
  const pyodide = await options.load();
  let current: Output | undefined;
  const host = {
    write: (stream: "stdout" | "stderr", text: string) => current?.write(stream, text) ?? false,
    plot: (series: string) => current?.plot(JSON.parse(series) as Series),
  };
  pyodide.registerJsModule("_cell_host", { host });
  pyodide.registerJsModule("_numpy_bridge", { bridge: numpyBridge });
  pyodide.registerJsModule("_compression_engine", { engine: options.engine });
  installSources(pyodide, options);
  const cells = pyodide.pyimport("cells");
  return {
    version: pyodide.version,
    run(source, name, output) {
      current = output;
      try {
        return cells.run(source, name) as boolean;
      } finally {
        current = undefined;
      }
    },
  };
}

function installSources(pyodide: PyodideInterface, { sources, numpyWheel }: RuntimeOptions): void {
  for (const [path, text] of Object.entries(sources)) {
    if (numpyWheel && path.startsWith("numpy/")) continue;
    const target = `${home}/${path.replace(/^modules\//, "")}`;
    pyodide.FS.mkdirTree(target.slice(0, target.lastIndexOf("/")));
    pyodide.FS.writeFile(target, text);
  }
  if (numpyWheel) pyodide.unpackArchive(numpyWheel, "wheel");
  pyodide.runPython(`import sys; sys.path.insert(0, "${home}")`);
  if (numpyWheel) pyodide.runPython('import numpy; numpy.set_printoptions(legacy="1.25")');
}
