// Loaded as a small blocking script before the stylesheet: what the first picture depends on. It imports nothing, since a
// classic script cannot.

// A remembered theme must never flash the other one; theme.ts writes the same key.
try {
  const remembered = localStorage.getItem("theme");
  if (remembered === '"dark"' || remembered === '"light"') {
    document.documentElement.dataset.theme = remembered.slice(1, -1);
  }
} catch {
  // Storage is closed to this page: the system's preference decides.
}

// Where the window has no room for them the contents wait behind a button (contents.ts), which comes with the page's
// module: shown first and then hidden, they would move the text.
if ("noModule" in HTMLScriptElement.prototype) document.documentElement.dataset.scripts = "";

const root = document.documentElement;
const [arrival] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
const blocksOfText = () => [...document.querySelectorAll<HTMLElement>("main > section > *")];
const topOf = (block: Element = root) => block.getBoundingClientRect().top;

/** Where a reader leaves this address: the first block in sight and its distance from the window's top, in pixels. */
let place: { block: number; top: number } | null = null;
const placeKey = () => `place ${location.href}`;
try {
  if (arrival?.type !== "navigate") place = JSON.parse(sessionStorage.getItem(placeKey()) ?? "null");
} catch {
  // Storage is closed to this page: the fragment decides.
}
addEventListener("pagehide", () => {
  // Who leaves before the page is shown has seen no other place.
  if (root.dataset.layout === "arriving") return;
  const blocks = blocksOfText();
  const block = blocks.findIndex((one) => one.getBoundingClientRect().bottom > 0);
  try {
    sessionStorage.setItem(placeKey(), JSON.stringify({ block, top: topOf(blocks[block]) }));
  } catch {
    // As above, or it is full.
  }
});

/** The element that the fragment names, with or without a state of it. */
function target(): HTMLElement | null {
  const id = location.hash.slice(1).replace(/\?.*/, "");
  try {
    return document.getElementById(decodeURIComponent(id));
  } catch {
    return null;
  }
}

/** Elements that a frame lays out at an arrival, about: few at first, when each font is used for the first time. */
const portion = { first: 60, most: 500 };

/**
 * The faces of nearly all that stands in a chapter. Text that is laid out before they are there is laid out twice, and for each
 * of its sizes the browser waits until the system has looked for a font in their place.
 */
const faces = [
  "1em 'Source Serif 4 Variable'",
  "italic 1em 'Source Serif 4 Variable'",
  "1em 'Source Code Pro Variable'",
  "1em KaTeX_Main",
  "italic 1em KaTeX_Math",
];

/** How long an arrival waits for them, in milliseconds. */
const patience = 500;

/**
 * Shows the page at the place to which its reader comes, or comes back. That place stands below all that is above it: the
 * blocks are laid out some in each frame, so that none lasts long, and the page is shown when they are all there.
 */
function arrive(): void {
  const blocks = blocksOfText();
  let next = 0;
  let size = portion.first;
  const layOutSome = () => {
    for (let room = size; room > 0 && next < blocks.length; next++) {
      const block = blocks[next] as HTMLElement;
      room -= 1 + block.getElementsByTagName("*").length;
      // Controls of instruments wait in templates (web/instruments/static.ts).
      for (const template of block.querySelectorAll<HTMLTemplateElement>("template[data-controls]")) {
        template.replaceWith(template.content);
      }
      block.dataset.layout = "done";
    }
    size = Math.min(2 * size, portion.most);
    // Right after a frame nothing is left to be laid out, and scrolling forces no layout.
    requestAnimationFrame(next < blocks.length ? layOutSome : () => setTimeout(show));
  };
  // Fonts are asked for once the style sheets are there, which is before the first frame.
  requestAnimationFrame(() =>
    Promise.race([
      Promise.allSettled(faces.map((face) => document.fonts.load(face))),
      new Promise((resolve) => setTimeout(resolve, patience)),
    ]).then(layOutSome),
  );

  const show = () => {
    if (place !== null) scrollBy(0, topOf(blocks[place.block]) - place.top);
    else target()?.scrollIntoView();
    delete root.dataset.layout;
    for (const block of blocks) delete block.dataset.layout;
  };
}

if (location.hash === "" && arrival?.type === "navigate") {
  // A reader who begins at the top sees a few blocks: the others are laid out in idle moments (layout.ts).
  root.dataset.layout = "waiting";
} else {
  root.dataset.layout = "arriving";
  addEventListener("DOMContentLoaded", arrive);
  // The browser would count from the top of a page that is not laid out yet.
  history.scrollRestoration = "manual";
  addEventListener("load", () =>
    setTimeout(() => {
      history.scrollRestoration = "auto";
    }),
  );
}
