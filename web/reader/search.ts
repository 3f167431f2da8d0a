import { element } from "./element.ts";

/** What the search index tells of a place in the volume; its excerpt marks the words that were found. */
type Place = { title: string; url: string; excerpt: string };

/** The part of Pagefind's browser module that the dialog uses; the module is written beside the site at build. */
type Pagefind = {
  options(options: { baseUrl: string; excerptLength: number }): Promise<void>;
  init(): Promise<void>;
  debouncedSearch(term: string): Promise<{
    results: { data(): Promise<Place & { meta: { title?: string }; sub_results: Place[] }> }[];
  } | null>;
};

const mostPages = 8;
const mostPlacesOfAPage = 8;

/** The search dialog over the whole volume. */
class SearchDialog {
  private readonly siteRoot: URL;
  private readonly input = element("input", {
    type: "search",
    "aria-label": "Search the volume",
    placeholder: "Search the volume",
    autocomplete: "off",
    spellcheck: "false",
    "data-control": "search",
  });
  private readonly status = element("p", { class: "search-status", role: "status" });
  private readonly list = element("ul", { class: "search-results", "aria-label": "Results" });
  private readonly dialog = element("dialog", { class: "search", "aria-label": "Search" });
  private index: Promise<Pagefind> | undefined;

  constructor(siteRoot: URL) {
    this.siteRoot = siteRoot;
    const close = element("button", { type: "button", class: "quiet" }, "Close");
    close.addEventListener("click", () => this.dialog.close());
    this.dialog.append(element("div", { class: "search-head" }, this.input, close), this.status, this.list);
    this.input.addEventListener("input", () => void this.search());
    this.dialog.addEventListener("keydown", (event) => this.moveFocus(event));
    this.dialog.addEventListener("click", (event) => this.closeOnLeaving(event));
    document.body.append(this.dialog);
  }

  open(): void {
    if (this.dialog.open) return;
    this.dialog.showModal();
    this.input.select();
    this.loadIndex().catch(() => this.say("The search index could not be loaded."));
  }

  private loadIndex(): Promise<Pagefind> {
    this.index ??= (async () => {
      const address = new URL("pagefind/pagefind.js", this.siteRoot).href;
      const pagefind = (await import(/* @vite-ignore */ address)) as Pagefind;
      await pagefind.options({ baseUrl: this.siteRoot.pathname, excerptLength: 18 });
      await pagefind.init();
      return pagefind;
    })();
    this.index.catch(() => {
      this.index = undefined;
    });
    return this.index;
  }

  private say(text: string): void {
    this.status.textContent = text;
  }

  private async search(): Promise<void> {
    const term = this.input.value.trim();
    if (term === "") {
      this.list.replaceChildren();
      this.say("");
      return;
    }
    try {
      const found = await (await this.loadIndex()).debouncedSearch(term);
      if (found === null || term !== this.input.value.trim()) return;
      const pages = await Promise.all(found.results.slice(0, mostPages).map((result) => result.data()));
      const items = pages.flatMap((page) => {
        const places = page.sub_results.slice(0, mostPlacesOfAPage);
        return places.map((place) => resultItem(place, page.meta.title ?? ""));
      });
      this.list.replaceChildren(...items);
      this.say(items.length === 0 ? `Nothing in this volume speaks of “${term}”.` : countOf(items.length));
    } catch {
      this.list.replaceChildren();
      this.say("The search index could not be loaded.");
    }
  }

  /** Arrow keys walk from the field through the results and back; Enter in the field takes the first. */
  private moveFocus(event: KeyboardEvent): void {
    const stops: HTMLElement[] = [this.input, ...this.list.querySelectorAll("a")];
    const present = stops.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Enter" && present === 0) {
      event.preventDefault();
      stops[1]?.click();
    }
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 || present < 0) return;
    event.preventDefault();
    stops[(present + step + stops.length) % stops.length]?.focus();
  }

  private closeOnLeaving(event: MouseEvent): void {
    const isOutside = event.target === this.dialog;
    const isResult = event.target instanceof Element && event.target.closest(".search-results a") !== null;
    if (isOutside || isResult) this.dialog.close();
  }
}

function countOf(places: number): string {
  return places === 1 ? "1 place" : `${places} places`;
}

/** A result: where it is, and the words around what was found (Pagefind escapes them and adds `<mark>` alone). */
function resultItem(place: Place, pageTitle: string): HTMLLIElement {
  const excerpt = element("span", { class: "search-excerpt" });
  excerpt.innerHTML = place.excerpt;
  const title = place.title === pageTitle || pageTitle === "" ? place.title : `${pageTitle} · ${place.title}`;
  return element(
    "li",
    {},
    element("a", { href: place.url }, element("span", { class: "search-place" }, title), excerpt),
  );
}

/** Whether a key pressed there is text that the reader types. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest("input, textarea, select, [contenteditable=''], [contenteditable=true]") !== null
  );
}

/** Adds the button, the `/` key and Ctrl-K (⌘K) that open the search. */
export function addSearch(tools: HTMLElement, siteRoot: URL): void {
  let dialog: SearchDialog | undefined;
  const open = (): void => {
    dialog ??= new SearchDialog(siteRoot);
    dialog.open();
  };
  const key = element("kbd", { "aria-hidden": "true" }, "/");
  const button = element("button", { type: "button", "data-control": "open-search" }, "Search", key);
  button.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    const isShortcut = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !isTyping(event.target);
    if (!isShortcut && !isSlash) return;
    event.preventDefault();
    open();
  });
  tools.append(button);
}
