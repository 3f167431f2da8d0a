import type { Element, ElementContent } from "hast";
import { reference } from "../bibliography/reference.ts";
import { capitals } from "../capitals.ts";
import type { SetChapter } from "../chapter.ts";
import { referenceId } from "../elements/citation.ts";
import { element } from "../hast.ts";
import { letterOf } from "../transforms/citations.ts";
import { wordsPerMinute } from "../transforms/reading_time.ts";
import { type ChapterEntry, entryPath, twoDigits, type Volume } from "../volume.ts";
import { type Assets, encyclopedia, page, romanNumeral } from "./frame.ts";

const siteRoot = "../";

/** The page of a written chapter. */
export function chapterPage(chapter: SetChapter, volume: Volume, assets: Assets, edition: string): string {
  const { entry } = chapter;
  const { title, next } = entry.chapter.frontMatter;
  const nextEntry = volume.chapters.find(({ id }) => id === next);
  return page({
    kind: "chapter",
    siteRoot,
    title: `${title} · ${encyclopedia}`,
    description: chapter.description,
    assets,
    edition,
    runningTitle: [
      "AI // ENCYCLOPEDIA",
      `VOL ${romanNumeral(volume.number)}`,
      twoDigits(entry.number),
      capitals(title),
    ].join(" / "),
    runningLinks: [
      element("a", { href: `${siteRoot}index.html` }, "INDEX"),
      ...(nextEntry
        ? [entryLink(volume, nextEntry, `NEXT: ${capitals(nextEntry.title)} →`, { rel: "next" })]
        : []),
    ],
    contents: contents(chapter),
    main: [
      chapterHead(chapter, volume),
      withoutScripts(),
      ...chapter.body,
      ...(chapter.works.length > 0 ? [references(chapter)] : []),
      pager(chapter, volume),
    ],
  });
}

function contents({ sections, works, body }: SetChapter): Element {
  const item = (href: string, ...content: (ElementContent | string)[]) =>
    element("li", {}, element("a", { href }, content));
  const hasReading = body.some((part) => part.type === "element" && part.properties.id === "further-reading");
  return element(
    "nav",
    { class: "contents", "data-contents": "", "aria-label": "Contents" },
    element("p", { class: "contents-title" }, "Contents"),
    element(
      "ol",
      {},
      sections.map(({ id, number, title }) =>
        item(`#${id}`, element("span", { class: "number" }, number), " ", ...title),
      ),
      hasReading ? item("#further-reading", "Further reading") : undefined,
      works.length > 0 ? item("#references", "References") : undefined,
    ),
  );
}

function chapterHead(chapter: SetChapter, volume: Volume): Element {
  const { entry, standfirst, minutes, words, instruments } = chapter;
  const row = (term: string, attributes: { title?: string }, ...content: (ElementContent | string)[]) =>
    element("div", {}, element("dt", {}, term), element("dd", attributes, content));
  const pace = `${words.toLocaleString("en-US")} words at ${wordsPerMinute} a minute`;
  const buildsOn = entry.chapter.frontMatter.buildsOn.flatMap(
    (id) => volume.chapters.find((other) => other.id === id) ?? [],
  );
  return element(
    "header",
    { class: "chapter-head" },
    element("p", { class: "kicker" }, `CHAPTER ${twoDigits(entry.number)} / ${volume.chapters.length}`),
    element("h1", {}, entry.chapter.frontMatter.title),
    element("p", { class: "standfirst" }, standfirst),
    element(
      "dl",
      { class: "meta" },
      row("READING TIME", { title: pace }, `≈ ${minutes} MIN`),
      buildsOn.length > 0 ? row("BUILDS ON", {}, "CH ", ...chapterRange(buildsOn, volume)) : undefined,
      instruments.length > 0 ? row("INSTRUMENTS", {}, ...instrumentLinks(instruments)) : undefined,
    ),
  );
}

/** "04–06" for neighbours, else "02, 04": each number leads to its chapter. */
function chapterRange(entries: readonly ChapterEntry[], volume: Volume): (ElementContent | string)[] {
  const sorted = entries.toSorted((a, b) => a.number - b.number);
  const [first, last] = [sorted[0], sorted.at(-1)];
  const isRange = first && last && sorted.length > 2 && last.number - first.number === sorted.length - 1;
  const shown = isRange ? [first, last] : sorted;
  const link = (entry: ChapterEntry) =>
    entryLink(volume, entry, twoDigits(entry.number), {
      "aria-label": `Chapter ${twoDigits(entry.number)}: ${entry.title}`,
    });
  return shown.flatMap((entry, index) => (index === 0 ? [link(entry)] : [isRange ? "–" : ", ", link(entry)]));
}

function instrumentLinks(instruments: SetChapter["instruments"]): (ElementContent | string)[] {
  return instruments.flatMap(({ id }, index) => {
    const link = element("a", { href: `#${id}` }, id.replaceAll("-", " ").toUpperCase());
    return index === 0 ? [link] : [" · ", link];
  });
}

/** What a reader without scripts should know. Everything else on the page is there for them too. */
function withoutScripts(): Element {
  return element(
    "noscript",
    {},
    element(
      "p",
      { class: "notice" },
      "JavaScript is off. The whole text is here, with its figures, worked solutions, the output of the cells ",
      "and a picture of each instrument. Missing are the instruments' controls, the checking of answers, ",
      "the running of cells, search, and reading offline.",
    ),
  );
}

function references({ works }: SetChapter): Element {
  return element(
    "section",
    { class: "references", id: "references" },
    element(
      "h2",
      { id: "references:heading" },
      element("a", { class: "anchor", href: "#references" }, "References"),
    ),
    element(
      "ol",
      {},
      works.map((work) =>
        element("li", { id: referenceId(work.key) }, reference(work, letterOf(work, works))),
      ),
    ),
  );
}

function pager({ entry }: SetChapter, volume: Volume): Element {
  const before = volume.chapters.findLast(({ number }) => number < entry.number);
  const after = volume.chapters.find(({ id }) => id === entry.chapter.frontMatter.next);
  const link = (other: ChapterEntry, rel: "prev" | "next", label: string) => {
    const state = other.chapter === undefined ? " · FORTHCOMING" : "";
    const name = `${twoDigits(other.number)} ${other.title}`;
    return element(
      "a",
      { href: siteRoot + entryPath(volume, other.id), rel },
      element("span", { class: "pager-label" }, label + state),
      " ",
      element("span", { class: "pager-title" }, name),
    );
  };
  return element(
    "nav",
    { class: "pager", "aria-label": "Previous and next chapter" },
    before && link(before, "prev", "← PREVIOUS"),
    after && link(after, "next", "NEXT →"),
  );
}

function entryLink(
  volume: Volume,
  entry: ChapterEntry,
  text: string,
  attributes: Record<string, string>,
): Element {
  return element("a", { href: siteRoot + entryPath(volume, entry.id), ...attributes }, text);
}
