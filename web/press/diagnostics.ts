import type { Node } from "./node.ts";

/** One thing that is wrong in the content, and where. Lines and columns count from 1. */
export interface Diagnostic {
  file: string;
  line?: number | undefined;
  column?: number | undefined;
  message: string;
}

/** Writes a diagnostic as `file:line:column: message`. */
export function formatDiagnostic({ file, line, column, message }: Diagnostic): string {
  return `${[file, line, column].filter((part) => part !== undefined).join(":")}: ${message}`;
}

/** Thrown when the content has errors; the message lists them all. */
export class PressError extends Error {
  override name = "PressError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(formatDiagnostic).join("\n"));
    this.diagnostics = diagnostics;
  }
}

/** Collects every error of a volume, so that an author sees them together. */
export class Diagnostics {
  private readonly found: Diagnostic[] = [];

  error(diagnostic: Diagnostic): void {
    const text = formatDiagnostic(diagnostic);
    if (!this.found.some((known) => formatDiagnostic(known) === text)) this.found.push(diagnostic);
  }

  /** All errors by file and line. */
  get all(): Diagnostic[] {
    return this.found.toSorted((a, b) => a.file.localeCompare(b.file) || (a.line ?? 0) - (b.line ?? 0));
  }

  /** @throws PressError if anything is wrong. */
  throwIfAny(): void {
    if (this.found.length > 0) throw new PressError(this.all);
  }
}

/** A content file, and the way to report what is wrong in it. */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  private readonly diagnostics: Diagnostics;

  constructor(path: string, text: string, diagnostics: Diagnostics) {
    this.path = path;
    this.text = text;
    this.diagnostics = diagnostics;
  }

  /**
   * Reports an error at a node. The parser places what stands in a paragraph at the paragraph's first line;
   * with `written`, the error is placed where that text is first found from there on.
   */
  error(node: Node | undefined, message: string, written?: string): void {
    const { line, column } = node?.position?.start ?? {};
    if (written === undefined) this.errorAt(line, message, column);
    else this.errorFrom(line, message, written);
  }

  /** Reports an error where a text is first found from a line on, else at that line. */
  errorFrom(line: number | undefined, message: string, written: string): void {
    const found = this.find(written, line ?? 1);
    this.errorAt(found?.line ?? line, message, found?.column);
  }

  /** Reports an error at a line. */
  errorAt(line: number | undefined, message: string, column?: number): void {
    this.diagnostics.error({ file: this.path, line, column, message });
  }

  private find(written: string, fromLine: number): { line: number; column: number } | undefined {
    const lines = this.text.split("\n");
    for (let line = fromLine; line <= lines.length; line++) {
      const column = lines[line - 1]?.indexOf(written) ?? -1;
      if (column >= 0) return { line, column: column + 1 };
    }
    return undefined;
  }
}
