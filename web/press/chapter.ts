import type { ElementContent } from "hast";
import type { FigureEngine } from "../figures/functions.ts";
import { suggestion } from "../figures/nearest.ts";
import type { Work } from "./bibliography/bibtex.ts";
import type { Instrument } from "./directives/instrument.ts";
import { type Node, nodesOfType, plainText } from "./node.ts";
import { refuseUnknown, render } from "./render.ts";
import { type Python, runCells } from "./transforms/cells.ts";
import { resolveCitations } from "./transforms/citations.ts";
import { checkExercises } from "./transforms/exercises.ts";
import { computeFigures } from "./transforms/figures.ts";
import { drawInstruments } from "./transforms/instruments.ts";
import { typesetMathematics } from "./transforms/mathematics.ts";
import { type InstrumentName, numberTargets } from "./transforms/numbering.ts";
import { readingMinutes, wordsIn } from "./transforms/reading_time.ts";
import { type LinkTargets, resolveReferences } from "./transforms/references.ts";
import { gatherSections, type Section } from "./transforms/sections.ts";
import { attachSolutions } from "./transforms/solutions.ts";
import { type ChapterEntry, entryName, entryPath, type Volume, type WrittenChapter } from "./volume.ts";

/** What the press asks while it sets a chapter: the engine, the instruments and Python, all real. */
export interface Apparatus {
  engine: FigureEngine;
  instruments: readonly InstrumentName[];
  drawInstrument(id: string): Promise<string>;
  python: Python;
}

/** A chapter ready to be put into its page. */
export interface SetChapter {
  entry: ChapterEntry & { chapter: WrittenChapter };
  standfirst: ElementContent[];
  /** The standfirst as plain text. */
  description: string;
  body: ElementContent[];
  sections: { id: string; number: string; title: ElementContent[] }[];
  instruments: { id: string }[];
  works: readonly Work[];
  words: number;
  minutes: number;
}

type ChapterTargets = LinkTargets["chapters"];

/** Prepares all chapters' targets first, since chapters refer to each other; then sets each. */
export async function setChapters(volume: Volume, apparatus: Apparatus): Promise<SetChapter[]> {
  const written = volume.chapters.filter(
    (entry): entry is SetChapter["entry"] => entry.chapter !== undefined,
  );
  const targets: ChapterTargets = new Map(
    written.map(({ id, chapter }) => [
      chapter.folder,
      { text: entryName(id), targets: prepare(chapter, apparatus.instruments) },
    ]),
  );
  const chapters: SetChapter[] = [];
  for (const entry of written) chapters.push(await setChapter(entry, volume, targets, apparatus));
  return chapters;
}

/** Brings the tree into the order of the page and finds everything that can be referred to. */
function prepare({ tree, source, frontMatter }: WrittenChapter, instruments: readonly InstrumentName[]) {
  refuseUnknown(tree, source);
  gatherSections(tree, source);
  attachSolutions(tree, source);
  return numberTargets(tree, frontMatter.number, instruments, source);
}

async function setChapter(
  entry: SetChapter["entry"],
  volume: Volume,
  targets: ChapterTargets,
  { engine, drawInstrument, python }: Apparatus,
): Promise<SetChapter> {
  const { tree, source, folder } = entry.chapter;
  checkNeighbours(entry.chapter, volume);
  await checkExercises(tree, engine, source);
  await computeFigures(tree, engine, source);
  typesetMathematics(tree, source);
  const works = resolveCitations(tree, volume.bibliography, source);
  const own = targets.get(folder)?.targets ?? new Map();
  resolveReferences(tree, { own, volume: entriesSeenFrom("../", volume), chapters: targets }, source);
  await drawInstruments(tree, drawInstrument, source);
  await runCells(tree, python, source);
  const words = wordsIn(tree);
  const [standfirst, body] = splitStandfirst(tree);
  return {
    entry,
    standfirst: render(standfirst),
    description: plainText(standfirst),
    body: render(body),
    sections: nodesOfType<Section>(tree, "section").map(({ label, number = "", title }) => ({
      id: label,
      number,
      title: render(title),
    })),
    instruments: nodesOfType<Instrument>(tree, "instrument"),
    works,
    words,
    minutes: readingMinutes(words),
  };
}

function checkNeighbours({ frontMatter, source }: WrittenChapter, volume: Volume): void {
  const known = volume.chapters.map(({ id }) => id);
  const check = (key: string, id: string) => {
    if (known.includes(id)) return;
    const hint = suggestion(id, known);
    source.errorAt(frontMatter.lines.get(key), `'${key}': the volume has no chapter '${id}'${hint}`);
  };
  for (const id of frontMatter.buildsOn) check("builds_on", id);
  if (frontMatter.next !== undefined) check("next", frontMatter.next);
}

function entriesSeenFrom(siteRoot: string, volume: Volume): Map<string, { url: string; text: string }> {
  const ids = [...volume.chapters, ...volume.entries].map(({ id }) => id);
  return new Map(ids.map((id) => [id, { url: siteRoot + entryPath(volume, id), text: entryName(id) }]));
}

function splitStandfirst(tree: Node): [Node[], Node[]] {
  const children = tree.children ?? [];
  const isStandfirst = (node: Node) => node.type === "standfirst";
  return [children.filter(isStandfirst), children.filter((node) => !isStandfirst(node))];
}
