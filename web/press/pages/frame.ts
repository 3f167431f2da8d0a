import type { Element, ElementContent } from "hast";
import { element, html, raw } from "../hast.ts";

/** Files that every page loads, relative to the site's root. */
export interface Assets {
  /** The page's module. */
  script?: string | undefined;
  /** A small classic script that runs before the first paint. */
  earlyScript?: string | undefined;
  styles: string[];
  /** Fonts of the first view. */
  fonts: string[];
}

/** What the frame of a page is made from. */
export interface PageFrame {
  kind: "chapter" | "index" | "not-found";
  /** Relative path to the site's root: "", "./" or "../". */
  siteRoot: string;
  title: string;
  description: string;
  /** What the page loads, or the style rules of a page that can load nothing. */
  assets: Assets | { style: string };
  /** Identifies the edition of the whole site; a change announces itself to readers. */
  edition: string;
  /** Crumbs of the running head, in capitals. */
  runningTitle: string;
  runningLinks: ElementContent[];
  /** What stands between the running head and the text. */
  contents?: ElementContent | undefined;
  main: ElementContent[];
}

/** Nothing from elsewhere, nothing inline but the style attributes that KaTeX needs. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** The name of the whole. */
export const encyclopedia = "AI // Encyclopedia";

/** A whole page as HTML text. */
export function page(frame: PageFrame): string {
  const document = element(
    "html",
    { lang: "en", "data-site-root": frame.siteRoot, "data-page": frame.kind },
    head(frame),
    element(
      "body",
      {},
      element("a", { class: "skip-link", href: "#content" }, "Skip to the text"),
      runningHead(frame),
      frame.contents,
      element(
        "main",
        { id: "content", "data-pagefind-body": frame.kind === "chapter" ? "" : undefined },
        frame.main,
      ),
      footer(frame),
    ),
  );
  return `<!doctype html>\n${html(document)}\n`;
}

function head({ title, description, siteRoot, assets, edition, kind }: PageFrame): ElementContent {
  const meta = (name: string, content: string) => element("meta", { name, content });
  const openGraph = (property: string, content: string) => element("meta", { property, content });
  return element(
    "head",
    {},
    element("meta", { charset: "utf-8" }),
    element("meta", { "http-equiv": "Content-Security-Policy", content: contentSecurityPolicy }),
    meta("viewport", "width=device-width, initial-scale=1"),
    element("title", {}, title),
    meta("description", description),
    meta("edition", edition),
    meta("color-scheme", "dark light"),
    kind === "not-found" ? meta("robots", "noindex") : undefined,
    openGraph("og:type", kind === "chapter" ? "article" : "website"),
    openGraph("og:site_name", encyclopedia),
    openGraph("og:title", title),
    openGraph("og:description", description),
    ...("style" in assets ? alone(assets.style) : loaded(assets, siteRoot)),
  );
}

/** The head of a page that loads nothing; without an icon of its own a browser would ask the host for one. */
function alone(style: string): Element[] {
  return [element("style", {}, raw(style)), element("link", { rel: "icon", href: "data:," })];
}

function loaded({ earlyScript, fonts, styles, script }: Assets, siteRoot: string): (Element | undefined)[] {
  const link = (rel: string, url: string, attributes: Record<string, string> = {}) =>
    element("link", { rel, ...attributes, href: siteRoot + url });
  const font = { as: "font", type: "font/woff2", crossorigin: "" };
  return [
    earlyScript === undefined ? undefined : element("script", { src: siteRoot + earlyScript }),
    ...fonts.map((url) => link("preload", url, font)),
    ...styles.map((url) => link("stylesheet", url)),
    link("icon", "icon.svg", { type: "image/svg+xml" }),
    link("manifest", "site.webmanifest"),
    script === undefined ? undefined : element("script", { type: "module", src: siteRoot + script }),
  ];
}

function runningHead({ runningTitle, runningLinks }: PageFrame): ElementContent {
  return element(
    "header",
    { class: "running-head" },
    element("p", { class: "running-title" }, runningTitle),
    runningLinks.length > 0 ? element("nav", { "aria-label": "Volume" }, runningLinks) : undefined,
    element("div", { "data-reader-tools": "" }),
  );
}

function footer({ edition }: PageFrame): ElementContent {
  return element(
    "footer",
    {},
    element(
      "p",
      {},
      "Every computed figure on these pages is an answer of the compression engine, asked at build time.",
    ),
    element("p", {}, `Edition ${edition}`),
  );
}

/** "VII" for 7. */
export function romanNumeral(number: number): string {
  const signs: [number, string][] = [
    [10, "X"],
    [9, "IX"],
    [5, "V"],
    [4, "IV"],
    [1, "I"],
  ];
  let rest = number;
  let numeral = "";
  for (const [value, sign] of signs) {
    while (rest >= value) {
      numeral += sign;
      rest -= value;
    }
  }
  return numeral;
}
