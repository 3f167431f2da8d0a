import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { step } from "../setup/console.mjs";
import { root } from "../setup/paths.mjs";
import { stages } from "./stages.mjs";
import { digest, dropStamp, readStamp, writeStamp } from "./stamps.mjs";

/**
 * Builds the site and the engine module into `dist/`, skipping the stages that are up to date.
 * @param {{ through?: string }} [options] the last stage to run, by name; all of them by default
 */
export async function build({ through } = {}) {
  let before = await digest(["package-lock.json", "tools/build"]);
  for (const stage of stages) {
    // The stamp carries the earlier stages' stamps along: what one of them makes is an input of the next.
    const wanted = createHash("sha256")
      .update(before)
      .update(await digest(stage.inputs))
      .digest("hex");
    before = wanted;
    if ((await readStamp(stage.name)) !== wanted || !existsSync(join(root, stage.output))) {
      await dropStamp(stage.name);
      await step(stage.title, stage.work);
      await writeStamp(stage.name, wanted);
    }
    if (stage.name === through) return;
  }
}
