import { element } from "./element.ts";

const showDelay = 180;
const hideDelay = 220;

/** What a preview shows of a target: the selectors of the parts, by the kind of the target. */
const excerpts: readonly { matches: string; parts: string }[] = [
  { matches: ".equation", parts: ".equation-label, .equation-body, figcaption > p:first-child" },
  { matches: ".exercise", parts: ".exercise-label, header h3, [data-problem]" },
  {
    matches: ".instrument",
    parts: ".instrument-label, .instrument-subtitle, .instrument-text > p:first-child",
  },
  { matches: ".cell", parts: ".cell-label, figcaption, pre" },
  { matches: ".entry", parts: ".status, h3, p" },
  { matches: "section", parts: ":scope > h2, :scope > h3, :scope > p:first-of-type" },
];

/** Copies what a preview shows of `target`, without anything that can be operated or addressed. */
function excerptOf(target: Element): DocumentFragment {
  const kind = excerpts.find(({ matches }) => target.matches(matches));
  const found = kind === undefined ? [] : [...target.querySelectorAll(kind.parts)];
  const outermost = found.filter((part) => !found.some((other) => other !== part && other.contains(part)));
  const excerpt = document.createDocumentFragment();
  // An item of a list is copied without its marker, which means nothing outside the list.
  const whole = target.matches("li") ? [...target.childNodes] : [target];
  excerpt.append(...(outermost.length > 0 ? outermost : whole).map((part) => part.cloneNode(true)));
  for (const operable of excerpt.querySelectorAll(
    "button, input, form, script, template, details, .solved",
  )) {
    operable.remove();
  }
  for (const link of excerpt.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  for (const heading of excerpt.querySelectorAll("h1, h2, h3, h4")) {
    heading.replaceWith(element("p", { class: "preview-title" }, ...heading.childNodes));
  }
  for (const part of excerpt.querySelectorAll("[id], [tabindex], [role=region]")) {
    for (const name of ["id", "tabindex", "role", "aria-label", "aria-labelledby"])
      part.removeAttribute(name);
  }
  return excerpt;
}

const pages = new Map<string, Promise<Document>>();

/** The document of a page of the volume, fetched once. */
function pageAt(url: URL): Promise<Document> {
  const address = url.origin + url.pathname;
  if (address === location.origin + location.pathname) return Promise.resolve(document);
  let page = pages.get(address);
  if (page === undefined) {
    page = fetch(address)
      .then((response) => response.text())
      .then((text) => new DOMParser().parseFromString(text, "text/html"));
    page.catch(() => pages.delete(address));
    pages.set(address, page);
  }
  return page;
}

async function targetOf(link: HTMLAnchorElement): Promise<Element | null> {
  const url = new URL(link.href);
  return (await pageAt(url)).getElementById(decodeURIComponent(url.hash.slice(1)));
}

/** The one preview of a page: shown at a link, hoverable, dismissed by Escape, there until the reader leaves both. */
class Preview {
  private readonly box = element("div", {
    class: "preview",
    id: "preview",
    role: "tooltip",
    "data-preview-panel": true,
    hidden: true,
  });
  private link: HTMLAnchorElement | undefined;
  private timer: number | undefined;

  constructor(place: HTMLElement) {
    place.append(this.box);
    this.box.addEventListener("pointerenter", () => clearTimeout(this.timer));
    this.box.addEventListener("pointerleave", () => this.hideSoon());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.hide();
    });
  }

  showSoon(link: HTMLAnchorElement, delay: number): void {
    clearTimeout(this.timer);
    if (link === this.link) return;
    this.timer = window.setTimeout(() => void this.show(link), delay);
  }

  hideSoon(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.hide(), hideDelay);
  }

  private async show(link: HTMLAnchorElement): Promise<void> {
    this.hide();
    this.link = link;
    const target = await targetOf(link).catch(() => null);
    if (target === null || this.link !== link) return;
    this.box.replaceChildren(excerptOf(target));
    this.box.hidden = false;
    this.placeBeside(link);
    link.setAttribute("aria-describedby", this.box.id);
  }

  private hide(): void {
    clearTimeout(this.timer);
    this.link?.removeAttribute("aria-describedby");
    this.link = undefined;
    this.box.hidden = true;
  }

  /** Below the link, or above it where there is more room, inside the window. */
  private placeBeside(link: HTMLAnchorElement): void {
    const gap = 6;
    const margin = 16;
    const anchor = link.getBoundingClientRect();
    const { width, height } = this.box.getBoundingClientRect();
    const room = document.documentElement.clientWidth - width - margin;
    const isAbove = anchor.bottom + gap + height > innerHeight && anchor.top - gap - height > 0;
    const top = isAbove ? anchor.top - gap - height : anchor.bottom + gap;
    this.box.style.left = `${scrollX + Math.max(margin, Math.min(anchor.left, room))}px`;
    this.box.style.top = `${scrollY + top}px`;
  }
}

function previewed(event: Event): HTMLAnchorElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-preview]") : null;
}

/** Shows, at every `a[data-preview]`, what it leads to: while the pointer rests on it, and while it has the focus. */
export function addPreviews(place: HTMLElement): void {
  const preview = new Preview(place);
  place.addEventListener("pointerover", (event) => {
    const link = previewed(event);
    if (link !== null && event.pointerType !== "touch") preview.showSoon(link, showDelay);
  });
  place.addEventListener("pointerout", (event) => {
    if (previewed(event) !== null) preview.hideSoon();
  });
  place.addEventListener("focusin", (event) => {
    const link = previewed(event);
    if (link?.matches(":focus-visible")) preview.showSoon(link, 0);
  });
  place.addEventListener("focusout", (event) => {
    if (previewed(event) !== null) preview.hideSoon();
  });
}
