import type { Handler } from "../directive.ts";
import { element } from "../hast.ts";
import type { Link } from "../transforms/references.ts";

/** A link; one within the volume can be previewed where it stands. */
export const renderLink: Handler<Link> = ({ url, preview, children }, renderer) => {
  const attributes = /^https?:/.test(url)
    ? { rel: "external" }
    : { class: preview === undefined ? undefined : "reference", "data-preview": preview };
  return element("a", { href: url, ...attributes }, renderer.nodes(children));
};
