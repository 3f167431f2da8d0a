import type { SourceFile } from "../diagnostics.ts";
import type { Instrument } from "../directives/instrument.ts";
import { type Node, nodesOfType } from "../node.ts";

/** Draws the picture of each instrument in its first state, which stands in the page until it is live. */
export async function drawInstruments(
  tree: Node,
  draw: (id: string) => Promise<string>,
  source: SourceFile,
): Promise<void> {
  for (const instrument of nodesOfType<Instrument>(tree, "instrument")) {
    if (instrument.name === undefined) continue;
    try {
      instrument.picture = await draw(instrument.id);
    } catch (error) {
      source.error(instrument, `instrument '${instrument.id}': ${(error as Error).message}`);
    }
  }
}
