import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Everything that the set-up brings, out of git; safe to delete. */
export const toolchain = join(root, ".toolchain");
