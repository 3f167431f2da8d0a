import { element } from "./element.ts";

/** The links of the contents that lead to a part of this page, with that part. */
function entries(contents: HTMLElement): { link: HTMLAnchorElement; target: HTMLElement }[] {
  return [...contents.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')].flatMap((link) => {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    return target === null ? [] : [{ link, target }];
  });
}

/** Scrolls the rail, and only the rail, until the link is in sight. */
function keepInSight(contents: HTMLElement, link: HTMLElement): void {
  const rail = contents.getBoundingClientRect();
  const { top, bottom } = link.getBoundingClientRect();
  if (top < rail.top) contents.scrollTop += top - rail.top - rail.height / 3;
  else if (bottom > rail.bottom) contents.scrollTop += bottom - rail.bottom + rail.height / 3;
}

/** Marks the reader's place: the last part that has begun above the upper third of the window. */
export function followReader(contents: HTMLElement): void {
  const parts = entries(contents);
  const begun = new Set<Element>();
  let place: HTMLElement | undefined;
  const mark = (changes: readonly IntersectionObserverEntry[]): void => {
    for (const { target, isIntersecting } of changes) {
      if (isIntersecting) begun.add(target);
      else begun.delete(target);
    }
    const next = parts.findLast(({ target }) => begun.has(target))?.link;
    if (next === place) return;
    if (next !== undefined) keepInSight(contents, next);
    place?.removeAttribute("aria-current");
    next?.setAttribute("aria-current", "location");
    place = next;
  };
  // What it watches reaches from far above the page down to the line: a part is within it from when it has begun.
  const observer = new IntersectionObserver(mark, { rootMargin: "10000000px 0px -67% 0px" });
  for (const { target } of parts) observer.observe(target);
}

/** Adds the button that opens and closes the contents where the window has no room for them beside the text. */
export function addContentsButton(tools: HTMLElement, contents: HTMLElement, head: HTMLElement): void {
  contents.id ||= "contents";
  const button = element(
    "button",
    {
      type: "button",
      "data-control": "contents",
      "aria-expanded": "false",
      "aria-controls": contents.id,
    },
    "Contents",
  );
  const toggle = (isOpen: boolean): void => {
    document.documentElement.style.setProperty("--head-height", `${head.getBoundingClientRect().bottom}px`);
    contents.classList.toggle("open", isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
  };
  button.addEventListener("click", () => toggle(!contents.classList.contains("open")));
  contents.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("a") !== null) toggle(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !contents.classList.contains("open")) return;
    toggle(false);
    button.focus();
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Node && !contents.contains(event.target) && event.target !== button)
      toggle(false);
  });
  tools.append(button);
}
