import type { Handler } from "../directive.ts";
import { raw } from "../hast.ts";
import type { Formula } from "../transforms/mathematics.ts";

/** A formula as KaTeX has set it. */
export const renderFormula: Handler<Formula> = (node) => raw(node.html ?? "");
