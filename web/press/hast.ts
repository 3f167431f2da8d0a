import type { Element, ElementContent, Root, RootContent } from "hast";
import { toHtml } from "hast-util-to-html";

type Attribute = string | number | boolean | undefined;
type Child = ElementContent | string | undefined;

/** A piece of HTML text that another library has written. */
interface Raw {
  type: "raw";
  value: string;
}

declare module "hast" {
  interface ElementContentMap {
    raw: Raw;
  }
  interface RootContentMap {
    raw: Raw;
  }
}

/** An HTML element; undefined attributes and children are left out. Attribute names as in HTML. */
export function element(
  tagName: string,
  attributes: Record<string, Attribute>,
  ...children: (Child | Child[])[]
): Element {
  const properties: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) properties[name] = value;
  }
  const content = children.flat().filter((child) => child !== undefined);
  return { type: "element", tagName, properties, children: content.map(asContent) };
}

function asContent(child: ElementContent | string): ElementContent {
  return typeof child === "string" ? { type: "text", value: child } : child;
}

/** HTML that another library has written, taken as it is. */
export function raw(value: string): Raw {
  return { type: "raw", value };
}

/** A script element that only carries data, for the page's own scripts to read. */
export function dataScript(attribute: string, data: unknown): Element {
  // A "<" could end the element or open a comment; JSON reads the escape as the same character.
  const json = JSON.stringify(data).replaceAll("<", "\\u003c");
  return element("script", { type: "application/json", [attribute]: "" }, raw(json));
}

/** Writes elements as HTML text. */
export function html(content: Element | Root | RootContent[]): string {
  return toHtml(content as Element, { allowDangerousHtml: true });
}
