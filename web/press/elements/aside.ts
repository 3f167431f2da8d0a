import type { Handler } from "../directive.ts";
import { element } from "../hast.ts";

/** A note beside the text. */
export const renderAside: Handler = (node, renderer) =>
  element("aside", { class: "sidenote" }, renderer.nodes(node.children));
