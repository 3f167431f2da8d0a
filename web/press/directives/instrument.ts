import { capitals } from "../capitals.ts";
import type { DirectiveSpec, Handler } from "../directive.ts";
import { element, raw } from "../hast.ts";
import type { Node } from "../node.ts";

/** An instrument with the text that is shown with it. */
export interface Instrument extends Node {
  type: "instrument";
  id: string;
  /** From the instrument's own definition, as its names are; a table come to life has none. */
  number?: string;
  name?: string;
  subtitle?: string;
  picture?: string;
}

export const instrument: DirectiveSpec = {
  name: "instrument",
  doc: "An instrument, named by its id; the body explains it.",
  arg: { type: String, required: true },
  body: { type: "myst", required: true },
  run: ({ arg, body, node }) => [
    { type: "instrument", id: arg, children: body, position: node.position } as Instrument,
  ],
};

/** What an instrument is called beside its name. */
export function instrumentLabel({ number }: Instrument): string {
  return number === undefined ? "Live table" : `Instrument ${number}`;
}

export const renderInstrument: Handler<Instrument> = (node, renderer) => {
  const { id, name = "", subtitle = "", picture = "" } = node;
  const label = `${capitals(instrumentLabel(node))} — ${capitals(name)}`;
  return element(
    "section",
    { class: "instrument", id, "data-instrument": id, "aria-labelledby": `${id}-title` },
    element(
      "header",
      {},
      element("p", { class: "instrument-label", id: `${id}-title` }, label),
      element("p", { class: "instrument-subtitle" }, capitals(subtitle)),
    ),
    element("div", { "data-instrument-body": "" }, raw(picture)),
    element("div", { class: "instrument-text" }, renderer.nodes(node.children)),
  );
};
