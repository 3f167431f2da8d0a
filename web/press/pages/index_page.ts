import type { Element } from "hast";
import { element } from "../hast.ts";
import {
  type ChapterEntry,
  entryName,
  entryPath,
  type OtherEntry,
  twoDigits,
  type Volume,
} from "../volume.ts";
import { type Assets, encyclopedia, page, romanNumeral } from "./frame.ts";

/** The index of the volume: its chapters, written and forthcoming, and what else is announced. */
export function indexPage(volume: Volume, assets: Assets, edition: string): string {
  const numeral = romanNumeral(volume.number);
  const written = volume.chapters.filter(({ chapter }) => chapter !== undefined);
  const description =
    `Volume ${numeral}, ${volume.title}. ` +
    `${volume.chapters.length} chapters, of which ${written.length} can be read. ` +
    "Every figure is computed by one engine that runs in the browser.";
  return page({
    kind: "index",
    siteRoot: "",
    title: `Vol ${numeral}, ${volume.title} · ${encyclopedia}`,
    description,
    assets,
    edition,
    runningTitle: `AI // ENCYCLOPEDIA / VOL ${numeral}`,
    runningLinks: [element("a", { href: "index.html", "aria-current": "page" }, "INDEX")],
    main: [
      element(
        "header",
        { class: "chapter-head" },
        element("p", { class: "kicker" }, `VOLUME ${numeral}`),
        element("h1", {}, volume.title),
        element("p", { class: "standfirst" }, "An encyclopedia whose chapters compute."),
      ),
      element(
        "section",
        { "aria-labelledby": "chapters" },
        element("h2", { id: "chapters" }, "Chapters"),
        element(
          "ol",
          { class: "volume-list" },
          volume.chapters.map((entry) => chapterItem(entry, volume)),
        ),
      ),
      ...(volume.entries.length > 0 ? [announcements(volume)] : []),
    ],
  });
}

function chapterItem(entry: ChapterEntry, volume: Volume): Element {
  const isWritten = entry.chapter !== undefined;
  const title = isWritten ? element("a", { href: entryPath(volume, entry.id) }, entry.title) : entry.title;
  return item(entry.id, twoDigits(entry.number), title, entry.summary, isWritten ? "READ" : "FORTHCOMING");
}

function announcements(volume: Volume): Element {
  return element(
    "section",
    { "aria-labelledby": "announced" },
    element("h2", { id: "announced" }, "Announced"),
    element(
      "ul",
      { class: "volume-list" },
      volume.entries.map((entry) => announcement(entry, volume)),
    ),
  );
}

function announcement({ id, title, chapter }: OtherEntry, volume: Volume): Element {
  const holder = volume.chapters.find((entry) => entry.id === chapter);
  const place = holder ? `Comes with Chapter ${twoDigits(holder.number)}, ${holder.title}.` : "";
  const number = /\d+$/.exec(id)?.[0] ?? "";
  return item(id, number, `${entryName(id)}: ${title}`, place, "FORTHCOMING");
}

function item(id: string, number: string, title: Element | string, summary: string, status: string): Element {
  return element(
    "li",
    { id, class: status === "FORTHCOMING" ? "entry forthcoming" : "entry" },
    element("span", { class: "number" }, number),
    element("div", {}, element("h3", {}, title), element("p", {}, summary)),
    element("span", { class: "status" }, status),
  );
}
