import { render } from "@lit-labs/ssr";
import { collectResult } from "@lit-labs/ssr/lib/render-result.js";
import { face } from "./face.ts";
import type { Instrument, InstrumentEngine } from "./instrument.ts";
import { findInstrument } from "./registry.ts";
import { initialState } from "./state.ts";

/** A text column's width and a phone's: at build the reader's is not known, the style sheet shows one of the two. */
const widths = [720, 320];

/**
 * The HTML of an instrument in its first state, computed by `engine`: readouts, pictures, controls that wait for
 * the page, and the data as a table.
 *
 * @throws Error if there is no instrument `id`; EngineError if the engine refuses its first state.
 */
export async function renderStatic(id: string, engine: InstrumentEngine): Promise<string> {
  const { open } = await findInstrument(id).load();
  const instrument: Instrument<object, unknown> = await open(engine, engine);
  const state = initialState<object>(instrument.fields);
  const view = await fullView(instrument, state);
  const table = instrument.table(view, () => {});
  const template = face({ instrument, state, view, table, widths, change: () => {} });
  return inTemplates(withoutMarkers(await collectResult(render(template))));
}

/** The view of a state after every step of its work. */
export async function fullView<State extends object, View>(
  instrument: Instrument<State, View>,
  state: State,
): Promise<View> {
  let view = await instrument.compute(state);
  for (let fuller = instrument.refine?.(view); fuller; fuller = instrument.refine?.(view))
    view = await fuller;
  return view;
}

/**
 * Puts every group of controls into a template, out of which the page takes it (web/reader/layout.ts and, where the reader
 * arrives below the top, before_first_paint.ts): when a document is complete browsers look at each of its controls for
 * what they could fill in, and lay out the block around it for that.
 */
function inTemplates(html: string): string {
  let depth = 0;
  return html.replaceAll(/<(\/?)fieldset\b[^>]*>/g, (tag, closing) => {
    if (closing) return --depth === 0 ? `${tag}</template>` : tag;
    return ++depth === 1 ? `<template data-controls>${tag}` : tag;
  });
}

/** The page draws an instrument anew, so the comments by which Lit would find its parts again are not needed. */
function withoutMarkers(html: string): string {
  return html.replaceAll(/<!--\/?lit-(?:part|node)[^>]*-->|<\?>/g, "").replaceAll(/\s*\n\s*/g, "\n");
}
