import { element } from "../hast.ts";
import { encyclopedia, page } from "./frame.ts";

/** How far up the page offers to go; the site's own pages lie one folder deep. */
const ancestors = [
  { path: "./", place: "in the same folder" },
  { path: "../", place: "one folder up" },
  { path: "../../", place: "two folders up" },
];

const style = `
  :root {
    color-scheme: light dark;
    color: light-dark(#1c1e1c, #e8e6df);
    background: light-dark(#fbfaf6, #0b0d0c);
    font: 1.1875rem / 1.6 Georgia, "Times New Roman", serif;
  }
  body { max-width: 38rem; margin: 0 auto; padding: 1.5rem; }
  a { display: inline-block; min-height: 1.5rem; color: light-dark(#0a7250, #7fe3b7); }
  h1 { margin: 5rem 0 1rem; font-size: 3rem; font-weight: 400; line-height: 1.1; }
  .skip-link { position: absolute; top: 0; translate: 0 -200%; }
  .skip-link:focus { translate: 0; }
  .running-head, footer {
    font: 0.75rem / 2 ui-monospace, monospace;
    letter-spacing: 0.08em;
    color: light-dark(#50554f, #a9aea8);
  }
  footer { margin-top: 5rem; letter-spacing: 0; }
`;

/**
 * The page for an address that leads nowhere. It may be served at any depth of any sub-path and cannot know
 * which, so it loads nothing, carries its own style, and offers the index at every place above the address
 * that was asked for.
 */
export function notFoundPage(edition: string): string {
  return page({
    kind: "not-found",
    siteRoot: "./",
    title: `No such page · ${encyclopedia}`,
    description: "No page of the encyclopedia has this address.",
    assets: { style },
    edition,
    runningTitle: "AI // ENCYCLOPEDIA",
    runningLinks: [],
    main: [
      element("h1", {}, "No such page"),
      element("p", {}, "No page of the encyclopedia has this address. The index of the volume stands"),
      element(
        "ul",
        {},
        ancestors.map(({ path, place }) =>
          element("li", {}, element("a", { href: `${path}index.html` }, place)),
        ),
      ),
    ],
  });
}
