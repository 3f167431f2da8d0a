import { InstrumentElement } from "./element.ts";
import type { Instrument, InstrumentEngine } from "./instrument.ts";
import { findInstrument } from "./registry.ts";

/** The custom element of an instrument, `<instrument-quantizer>`; defined at its first use. */
function elementOf(id: string): typeof InstrumentElement {
  const name = `instrument-${id}`;
  if (!customElements.get(name)) {
    customElements.define(name, class extends InstrumentElement<object, unknown> {});
  }
  return customElements.get(name) as typeof InstrumentElement;
}

/**
 * Brings the instrument of a section to life: its static picture gives way to the custom element once the engine has
 * answered. If it cannot answer, the static picture stays and a sentence says why.
 *
 * @param spawn makes engines for long work; each starts when it first has some.
 * @param section `<section data-instrument="…">` with a `[data-instrument-body]`.
 */
export async function hydrateInstrument(
  section: HTMLElement,
  engine: InstrumentEngine,
  spawn: () => InstrumentEngine,
): Promise<void> {
  const id = section.dataset.instrument ?? "";
  const body = section.querySelector<HTMLElement>("[data-instrument-body]");
  if (!body) throw new Error(`the section of instrument '${id}' has no body`);
  try {
    const { open } = await findInstrument(id).load();
    const instrument: Instrument<object, unknown> = await open(engine, spawn(), spawn);
    const Element = elementOf(id);
    const element = new Element(id, instrument, Math.round(body.clientWidth));
    await element.open();
    body.replaceChildren(element);
  } catch (reason) {
    const failure = document.createElement("p");
    failure.className = "instrument-failure";
    failure.role = "alert";
    failure.textContent = `This instrument cannot run here: ${reason instanceof Error ? reason.message : reason}`;
    body.append(failure);
  }
}
