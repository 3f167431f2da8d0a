import { LitElement, type TemplateResult } from "lit";
import { type Actions, type Announcement, face } from "./face.ts";
import { parseFragment, writeFragment } from "./fragment.ts";
import type { DataTable, Instrument } from "./instrument.ts";
import { latestOnly } from "./latest.ts";
import { changedState, initialState, readState, writeState } from "./state.ts";

/** Time of rest after which the reading is spoken and the URL follows, in milliseconds. */
const rest = 400;

/**
 * A live instrument, in the light DOM. A change of a control goes to the engine in one round, and its answer is
 * drawn at once; the state stands in the URL fragment. `performance` holds the time from the last change to its
 * picture as the measure `instrument <id>`.
 */
export class InstrumentElement<State extends object, View> extends LitElement {
  readonly #name: string;
  readonly #instrument: Instrument<State, View>;
  readonly #ask: (request: { state: State; pinned: View | undefined }) => Promise<void>;
  readonly #resize = new ResizeObserver(([entry]) => this.#measure(entry?.contentRect.width ?? 0));
  #state: State;
  #view: View | undefined;
  #table: DataTable | undefined;
  #pinned: View | undefined;
  #failure: string | undefined;
  #stopWatching: (() => void) | undefined;
  #announcement: Announcement = { text: "", visible: false };
  #width: number;
  #changed = 0;
  /** Whether the URL has yet to follow a change of the state. */
  #isAhead = false;
  /** Whether the next picture is the first to show an answer of the engine. */
  #answered = false;
  #settling: ReturnType<typeof setTimeout> | undefined;

  constructor(name: string, instrument: Instrument<State, View>, width: number) {
    super();
    this.#name = name;
    this.#instrument = instrument;
    this.#width = width;
    this.#state = this.#stateOfUrl() ?? initialState(instrument.fields);
    this.#ask = latestOnly(
      ({ state, pinned }) => instrument.compute(state, pinned),
      (view) => this.#draw(view),
      (reason) => this.#refuse(reason),
    );
  }

  /** Computes the first view. @throws what the engine throws: there is nothing to draw then. */
  async open(): Promise<void> {
    this.#show(await this.#instrument.compute(this.#state));
  }

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.classList.add("instrument-live");
    window.addEventListener("hashchange", this.#followUrl);
    this.#resize.observe(this);
    this.#stopWatching = this.#instrument.watch?.(() => this.#compute());
    if (this.#view !== undefined) void this.#refine(this.#view);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("hashchange", this.#followUrl);
    this.#resize.disconnect();
    this.#stopWatching?.();
    clearTimeout(this.#settling);
  }

  override render(): TemplateResult | undefined {
    if (this.#view === undefined || this.#table === undefined) return undefined;
    return face({
      instrument: this.#instrument,
      state: this.#state,
      view: this.#view,
      table: this.#table,
      pinned: this.#pinned,
      widths: [this.#width],
      failure: this.#failure,
      announcement: this.#announcement,
      change: this.#changeEntries,
      actions: this.#actions,
    });
  }

  protected override updated(): void {
    if (!this.#answered) return;
    this.#answered = false;
    const name = `instrument ${this.#name}`;
    performance.clearMeasures(name);
    performance.measure(name, { start: this.#changed });
  }

  readonly #actions: Actions = {
    reset: () => this.#change(initialState(this.#instrument.fields)),
    pin: () => this.#pin(this.#view),
    unpin: () => this.#pin(undefined),
    copyLink: () => void this.#copyLink(),
  };

  readonly #followUrl = () => {
    const state = this.#stateOfUrl();
    if (state) this.#change(state);
  };

  /** The state that the URL spells for this instrument, if it names one. */
  #stateOfUrl(): State | undefined {
    const { id, query } = parseFragment(location.hash);
    return id === this.#name && query !== "" ? readState(this.#instrument.fields, query) : undefined;
  }

  readonly #changeEntries = (entries: Partial<State>) =>
    this.#change(changedState(this.#instrument.fields, this.#state, entries));

  #change(state: State): void {
    this.#state = state;
    this.#isAhead = true;
    this.#compute();
  }

  #compute(): void {
    this.#changed = performance.now();
    void this.#ask({ state: this.#state, pinned: this.#pinned });
  }

  /** Draws the answer to a change. */
  #draw(view: View): void {
    this.#failure = undefined;
    this.#answered = true;
    this.#show(view);
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#settle(), rest);
    void this.#refine(view);
  }

  #show(view: View): void {
    this.#view = view;
    // A closed table can wait until the hand rests: its cells are most of what there is to draw.
    if (this.#table === undefined || this.#table.order || this.querySelector(".instrument-data[open]")) {
      this.#table = this.#instrument.table(view, this.#changeEntries);
    }
    this.requestUpdate();
  }

  /** Draws fuller and fuller views of a state, until there is none or another state has taken its place. */
  async #refine(view: View): Promise<void> {
    try {
      for (let fuller = this.#instrument.refine?.(view); fuller; fuller = this.#instrument.refine?.(view)) {
        const next = await fuller;
        if (this.#view !== view || !this.isConnected) return;
        view = next;
        this.#show(view);
      }
    } catch (reason) {
      this.#refuse(reason);
    }
  }

  #refuse(reason: unknown): void {
    this.#failure = reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
    this.requestUpdate();
  }

  /** What follows when the hand has come to rest on a view. */
  #settle(): void {
    if (this.#view === undefined) return;
    const view = this.#view;
    this.#table = this.#instrument.table(view, this.#changeEntries);
    // What another instrument chose or a worker brought is no state, and no reason to name this instrument in the URL.
    if (this.#isAhead) history.replaceState(history.state, "", this.#fragment());
    this.#isAhead = false;
    this.#announce(this.#instrument.summary(view));
  }

  #announce(text: string, { visible = false } = {}): void {
    this.#announcement = { text, visible };
    this.requestUpdate();
  }

  #pin(view: View | undefined): void {
    this.#pinned = view;
    this.#compute();
    this.#announce(view === undefined ? "Unpinned." : "Pinned, to compare with what you set next.");
  }

  async #copyLink(): Promise<void> {
    const link = new URL(this.#fragment(), location.href).href;
    history.replaceState(history.state, "", link);
    try {
      await navigator.clipboard.writeText(link);
      this.#announce("Link copied.", { visible: true });
    } catch {
      const text = "The browser does not let the page copy: the link stands in the address bar.";
      this.#announce(text, { visible: true });
    }
  }

  #fragment(): string {
    return writeFragment({ id: this.#name, query: writeState(this.#instrument.fields, this.#state) });
  }

  #measure(width: number): void {
    const rounded = Math.round(width);
    if (rounded === 0 || rounded === this.#width) return;
    this.#width = rounded;
    this.requestUpdate();
  }
}
