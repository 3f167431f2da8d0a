import { suggestion } from "../../figures/nearest.ts";
import type { SourceFile } from "../diagnostics.ts";
import type { Equation } from "../directives/equation.ts";
import type { Exercise } from "../directives/exercise.ts";
import { type Instrument, instrumentLabel } from "../directives/instrument.ts";
import { type Node, nodesOfType, plainText } from "../node.ts";
import type { Section } from "./sections.ts";

/** Something that a cross-reference can lead to. */
export interface Target {
  /** The HTML id. */
  id: string;
  /** What a reference without text of its own reads, such as "EQ 7.1". */
  text: string;
}

/** What is known of an instrument without loading it. */
export interface InstrumentName {
  id: string;
  /** Missing where the instrument is a table come to life. */
  number?: string;
  title: string;
  subtitle: string;
}

/** A cell, as MyST's own `code-cell` directive leaves it. */
export interface Cell extends Node {
  type: "block";
  kind: "notebook-code";
  number?: number;
  caption?: Node[];
  /** Python source; the parts below are set when the cell is run. */
  highlighted?: string;
  output?: string;
}

/** A table with a caption or a label, as MyST's own `table` and `list-table` directives leave it. */
export interface CaptionedTable extends Node {
  type: "container";
  kind: "table";
  number?: string;
}

/** Ids that the page's frame uses. */
const frameIds = ["content", "further-reading", "references"];

/** Collects targets by label, and refuses labels that cannot be told apart or be ids. */
class Targets {
  readonly byLabel = new Map<string, Target>();
  private readonly source: SourceFile;

  constructor(source: SourceFile) {
    this.source = source;
  }

  add(node: Node, label: string | undefined, text: string): void {
    const problem = label === undefined ? `${text} needs a label` : this.problemWith(label);
    if (problem !== undefined) this.source.error(node, problem);
    else if (label !== undefined) this.byLabel.set(label, { id: label, text });
  }

  private problemWith(label: string): string | undefined {
    if (!/^[A-Za-z][\w.-]*$/.test(label)) {
      return `the label '${label}' must begin with a letter and hold letters, digits, '-', '_' and '.' only`;
    }
    if (frameIds.includes(label)) return `the label '${label}' belongs to the page itself`;
    return this.byLabel.has(label) ? `duplicate label '${label}'` : undefined;
  }
}

/**
 * Numbers sections, equations, exercises, tables, cells and instruments, and collects what can be referred
 * to.
 */
export function numberTargets(
  tree: Node,
  chapter: number,
  instruments: readonly InstrumentName[],
  source: SourceFile,
): ReadonlyMap<string, Target> {
  const targets = new Targets(source);
  const number = <Kind extends Node & { number?: string }>(nodes: Kind[], name: string) => {
    for (const [index, node] of nodes.entries()) {
      node.number = `${chapter}.${index + 1}`;
      const label = node.type === "exercise" ? `exercise-${node.label}` : node.label;
      targets.add(node, label, `${name}${node.number}`);
    }
  };
  number(nodesOfType<Section>(tree, "section"), "§");
  number(nodesOfType<Equation>(tree, "equation"), "EQ ");
  number(nodesOfType<Exercise>(tree, "exercise"), "Exercise ");
  number(captionedTables(tree, chapter), "Table ");
  for (const node of nodesOfType(tree, "heading")) {
    if (node.implicit) node.label = String(node.html_id);
    targets.add(node, node.label, plainText(node));
  }
  for (const [index, node] of cellsOf(tree).entries()) {
    node.number = index + 1;
    const { caption } = node.data as { caption?: Node[] };
    if (caption !== undefined) node.caption = caption.flatMap((paragraph) => paragraph.children ?? []);
    targets.add(node, node.label, `Cell ${node.number}`);
  }
  for (const node of nodesOfType<Instrument>(tree, "instrument")) {
    if (nameInstrument(node, instruments, source)) targets.add(node, node.id, instrumentLabel(node));
  }
  return targets.byLabel;
}

/** Tables that can be referred to; those without a label get one of their own. */
function captionedTables(tree: Node, chapter: number): CaptionedTable[] {
  const tables = nodesOfType<CaptionedTable>(tree, "container").filter(({ kind }) => kind === "table");
  for (const [index, table] of tables.entries()) table.label ??= `table-${chapter}-${index + 1}`;
  return tables;
}

/** Gives an instrument the number and names of its definition; whether it has one. */
function nameInstrument(
  node: Instrument,
  instruments: readonly InstrumentName[],
  source: SourceFile,
): boolean {
  const known = instruments.find(({ id }) => id === node.id);
  if (known === undefined) {
    const ids = instruments.map(({ id }) => id);
    source.error(node, `unknown instrument '${node.id}'${suggestion(node.id, ids)}`);
    return false;
  }
  if (known.number !== undefined) node.number = known.number;
  Object.assign(node, { name: known.title, subtitle: known.subtitle });
  return true;
}

/** The runnable cells of a chapter, in reading order. */
export function cellsOf(tree: Node): Cell[] {
  return nodesOfType<Cell>(tree, "block").filter((node) => node.kind === "notebook-code");
}
