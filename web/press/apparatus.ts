import type { Engine } from "../../bindings/engine.ts";
import { instruments } from "../instruments/registry.ts";
import { renderStatic } from "../instruments/static.ts";
import { runCells } from "../python/build_time.ts";
import { highlightPython } from "../python/highlight.ts";
import type { Apparatus } from "./chapter.ts";
import type { CellOutput } from "./transforms/cells.ts";

/**
 * The real apparatus around an engine. Outputs of cells are kept while the process lives: Python is slow to
 * start.
 */
export function apparatusFor(engine: Engine): Apparatus {
  const outputs = new Map<string, Promise<CellOutput[]>>();
  return {
    engine,
    instruments,
    drawInstrument: (id) => renderStatic(id, engine),
    python: {
      highlight: highlightPython,
      run(sources) {
        const key = JSON.stringify(sources);
        const running = outputs.get(key) ?? runCells(sources, engine);
        outputs.set(key, running);
        return running;
      },
    },
  };
}
