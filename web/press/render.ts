import type { ElementContent } from "hast";
import { mystToHast } from "myst-to-html";
import { suggestion } from "../figures/nearest.ts";
import type { SourceFile } from "./diagnostics.ts";
import type { Handler, Renderer } from "./directive.ts";
import { renderCallout } from "./directives/callout.ts";
import { renderEquation } from "./directives/equation.ts";
import { renderExercise } from "./directives/exercise.ts";
import { renderFurtherReading } from "./directives/further_reading.ts";
import { renderInstrument } from "./directives/instrument.ts";
import { renderAside } from "./elements/aside.ts";
import { renderCell } from "./elements/cell.ts";
import { renderCitation, renderCitationGroup } from "./elements/citation.ts";
import { renderFormula } from "./elements/formula.ts";
import { renderLink } from "./elements/link.ts";
import { renderHeading, renderSection } from "./elements/section.ts";
import { renderContainer, renderTable } from "./elements/table.ts";
import { type Node, visit } from "./node.ts";
import { renderFigureRole } from "./roles/figure.ts";

// biome-ignore lint/suspicious/noExplicitAny: the table pairs each node type with the handler written for it.
const handlers: Record<string, Handler<any>> = {
  aside: renderAside,
  block: renderCell,
  callout: renderCallout,
  cite: renderCitation,
  citeGroup: renderCitationGroup,
  container: renderContainer,
  equation: renderEquation,
  exercise: renderExercise,
  figureRole: renderFigureRole,
  furtherReading: renderFurtherReading,
  heading: renderHeading,
  inlineMath: renderFormula,
  instrument: renderInstrument,
  link: renderLink,
  math: renderFormula,
  section: renderSection,
  standfirst: (node, renderer) => renderer.nodes(node.children),
  table: renderTable,
};

/** Kinds of nodes that MyST's own renderer writes well. */
const plainTypes = [
  "root text paragraph emphasis strong delete subscript superscript abbreviation list listItem blockquote",
  "thematicBreak break inlineCode code definitionList definitionTerm definitionDescription comment",
].flatMap((types) => types.split(" "));

/** Kinds that stand inside others, whose handlers write them. */
const innerTypes = [
  "admonition",
  "caption",
  "outputs",
  "slip",
  "solution",
  "tableRow",
  "tableCell",
  "admonitionTitle",
];

/** Reports what the press has no HTML for: MyST knows more than a chapter of the encyclopedia may hold. */
export function refuseUnknown(tree: Node, source: SourceFile): void {
  const known = [...plainTypes, ...innerTypes, ...Object.keys(handlers)];
  visit(tree, (node, ancestors) => {
    const inExercise = ancestors.at(-1)?.type === "exercise";
    if (node.type === "html") {
      source.error(node, "raw HTML has no place in a chapter", node.value);
    } else if (node.type === "slip" && !inExercise) {
      source.error(node, "a slip belongs into an exercise");
    } else if (node.type === "admonition" && !(inExercise && node.kind === "hint")) {
      source.error(node, `the directive '${node.kind}' has no place here`);
    } else if (node.type.startsWith("myst")) {
      // A directive or role that MyST itself has refused, and reported.
    } else if (!known.includes(node.type)) {
      source.error(node, `the press cannot print '${node.type}'${suggestion(node.type, known)}`);
    }
  });
}

type NodeRenderer = (options: object) => (node: Node) => ElementContent | ElementContent[];

/** Writes nodes as HTML: those of the press by their own handlers, plain ones by MyST's. */
export function render(nodes: readonly Node[]): ElementContent[] {
  const renderer: Renderer = { nodes: (inner = []) => inner.flatMap(renderNode) };
  const wrapped = Object.entries(handlers).map(([type, handler]) => [
    type,
    (_state: unknown, node: Node) => handler(node, renderer),
  ]);
  // Declared as a plugin of a whole document's processor, it turns any node into HTML.
  const toHast = (mystToHast as unknown as NodeRenderer)({ handlers: Object.fromEntries(wrapped) });
  function renderNode(node: Node): ElementContent[] {
    return [toHast(node)].flat();
  }
  return renderer.nodes(nodes);
}
