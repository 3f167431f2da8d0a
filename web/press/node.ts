interface Point {
  line: number;
  column: number;
}

/** A node of a chapter's syntax tree: MyST's own kinds and those that the press adds. */
export interface Node {
  type: string;
  kind?: string;
  children?: Node[];
  value?: string;
  label?: string;
  identifier?: string;
  position?: { start: Point; end: Point } | undefined;
  [attribute: string]: unknown;
}

/** Calls `visitor` for the node and everything in it, in reading order, with the nodes that contain it. */
export function visit(node: Node, visitor: (node: Node, ancestors: readonly Node[]) => void): void {
  const walk = (current: Node, ancestors: readonly Node[]) => {
    visitor(current, ancestors);
    const inside = [...ancestors, current];
    for (const child of parts(current)) walk(child, inside);
  };
  walk(node, []);
}

/** Attributes that hold syntax trees before and after the children. */
const before = ["title", "caption"];
const after = ["solution"];

function parts(node: Node): Node[] {
  const trees = (names: string[]) => names.flatMap((name) => (node[name] ?? []) as Node | Node[]);
  return [...trees(before), ...(node.children ?? []), ...trees(after)].filter(
    (part) => typeof part === "object",
  );
}

/** Every node of a type, in reading order. */
export function nodesOfType<Kind extends Node>(tree: Node, type: Kind["type"]): Kind[] {
  const found: Kind[] = [];
  visit(tree, (node) => {
    if (node.type === type) found.push(node as Kind);
  });
  return found;
}

/**
 * The plain text of nodes; a computed figure or formula contributes what it displays or how it is written.
 */
export function plainText(nodes: Node | readonly Node[] | undefined): string {
  if (nodes === undefined) return "";
  if (!("type" in nodes)) return nodes.map(plainText).join("");
  if (nodes.type === "figureRole") return String(nodes.display ?? "");
  return nodes.value ?? plainText(nodes.children);
}
