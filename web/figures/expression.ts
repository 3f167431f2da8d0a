import { argumentNames, type FigureEngine, figureFunctions, isFigureFunction } from "./functions.ts";
import { suggestion } from "./nearest.ts";

/**
 * The expressions with which chapters ask the engine for figures:
 *
 *     value := number | 'string' | identifier | call
 *     list  := "[" value { "," value } "]"
 *     call  := name "(" [ name "=" ( value | list ) { "," name "=" ( value | list ) } ] ")" [ "." field ]
 *
 * There are no operators: arithmetic belongs to the engine.
 */
export type Expression =
  | { kind: "number"; value: number }
  | { kind: "text"; value: string }
  | { kind: "identifier"; name: string }
  | { kind: "list"; entries: Expression[] }
  | { kind: "call"; name: string; named: Map<string, Expression>; field?: string };

export type FigureValue = number | string;

/** The values that identifiers stand for: an exercise's given values. */
export type Scope = Readonly<Record<string, FigureValue>>;

/** An expression that cannot be read, or that names something that does not exist. */
export class ExpressionError extends Error {
  override name = "ExpressionError";
}

type Token = { kind: "number" | "text" | "name" | "sign" | "end"; text: string; column: number };

const tokenKinds = [
  /(?<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))/,
  /'(?<text>[^']*)'/,
  /(?<name>[A-Za-z_]\w*)/,
  /(?<sign>[(),=.[\]])/,
];
const tokenPattern = new RegExp(`\\s*(?:${tokenKinds.map(({ source }) => source).join("|")})`, "y");

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  let position = 0;
  while (position < end) {
    tokenPattern.lastIndex = position;
    const match = tokenPattern.exec(text);
    const [kind, found] = Object.entries(match?.groups ?? {}).find(([, part]) => part !== undefined) ?? [];
    if (match === null || kind === undefined || found === undefined) {
      const column = position + text.slice(position).search(/\S/);
      throw new ExpressionError(`cannot read '${text.slice(column, column + 12)}' at column ${column + 1}`);
    }
    const column = position + match[0].length - match[0].trimStart().length + 1;
    tokens.push({ kind: kind as Token["kind"], text: found, column });
    position = tokenPattern.lastIndex;
  }
  tokens.push({ kind: "end", text: "the end", column: end + 1 });
  return tokens;
}

/** Deeper nesting than this is a mistake, and must not exhaust the stack. */
const deepestNesting = 32;

class Parser {
  private position = 0;
  private readonly tokens: Token[];

  constructor(text: string) {
    this.tokens = tokenize(text);
  }

  whole(): Expression {
    const expression = this.value(0);
    this.expect("end", "the end");
    return expression;
  }

  private get next(): Token {
    // The list ends with an "end" token that is never passed, so there always is a next one.
    return this.tokens[this.position] as Token;
  }

  private take(): Token {
    const token = this.next;
    if (token.kind !== "end") this.position++;
    return token;
  }

  private takeSign(sign: string): boolean {
    if (this.next.kind !== "sign" || this.next.text !== sign) return false;
    this.take();
    return true;
  }

  private expect(kind: Token["kind"], what: string, text?: string): Token {
    const token = this.next;
    if (token.kind !== kind || (text !== undefined && token.text !== text)) {
      throw new ExpressionError(`expected ${what} at column ${token.column}, found '${token.text}'`);
    }
    return this.take();
  }

  private value(depth: number): Expression {
    if (depth > deepestNesting)
      throw new ExpressionError(`calls are nested more than ${deepestNesting} deep`);
    const token = this.take();
    if (token.kind === "number") return { kind: "number", value: Number(token.text) };
    if (token.kind === "text") return { kind: "text", value: token.text };
    if (token.kind !== "name") {
      throw new ExpressionError(`expected a value at column ${token.column}, found '${token.text}'`);
    }
    return this.takeSign("(") ? this.call(token.text, depth) : { kind: "identifier", name: token.text };
  }

  private list(depth: number): Expression {
    const entries: Expression[] = [];
    do entries.push(this.value(depth));
    while (this.takeSign(","));
    this.expect("sign", "']' after the entries of a list", "]");
    return { kind: "list", entries };
  }

  private call(name: string, depth: number): Expression {
    const named = new Map<string, Expression>();
    if (!this.takeSign(")")) {
      do {
        const argument = this.expect("name", `an argument name of '${name}'`).text;
        if (named.has(argument)) throw new ExpressionError(`'${name}' is given '${argument}' twice`);
        this.expect("sign", `'=' after '${argument}'`, "=");
        named.set(argument, this.takeSign("[") ? this.list(depth + 1) : this.value(depth + 1));
      } while (this.takeSign(","));
      this.expect("sign", `')' after the arguments of '${name}'`, ")");
    }
    if (!this.takeSign(".")) return { kind: "call", name, named };
    return { kind: "call", name, named, field: this.expect("name", "a field name").text };
  }
}

/**
 * Reads an expression such as `decodeCeiling(bandwidth=bandwidth, bytesPerParameter=0.5,
 * activeParameters=70e9)`.
 *
 * @throws ExpressionError naming what was expected and the column (from 1).
 */
export function parseExpression(text: string): Expression {
  return new Parser(text).whole();
}

function lookUp(name: string, scope: Scope): FigureValue {
  const value = Object.hasOwn(scope, name) ? scope[name] : undefined;
  if (value === undefined) {
    throw new ExpressionError(`no given value is named '${name}'${suggestion(name, Object.keys(scope))}`);
  }
  return value;
}

function pickField(result: unknown, call: string, field: string | undefined): FigureValue {
  if (typeof result === "number" || typeof result === "string") {
    if (field !== undefined)
      throw new ExpressionError(`'${call}' returns a plain value, which has no field '${field}'`);
    return result;
  }
  const fields = Object.fromEntries(Object.entries(result ?? {}));
  const names = Object.keys(fields);
  if (field === undefined)
    throw new ExpressionError(`'${call}' returns several values: choose .${names.join(" or .")}`);
  const value: unknown = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (typeof value !== "number" && typeof value !== "string") {
    throw new ExpressionError(`'${call}' returns no field '${field}'${suggestion(field, names)}`);
  }
  return value;
}

async function evaluateCall(
  call: Extract<Expression, { kind: "call" }>,
  scope: Scope,
  engine: FigureEngine,
): Promise<FigureValue> {
  const { name, named, field } = call;
  if (!isFigureFunction(name)) {
    const known = Object.keys(figureFunctions);
    throw new ExpressionError(`the engine has no function '${name}' for chapters${suggestion(name, known)}`);
  }
  const { all, required } = argumentNames(name);
  for (const argument of named.keys()) {
    if (!all.includes(argument)) {
      throw new ExpressionError(`'${name}' takes no argument '${argument}'${suggestion(argument, all)}`);
    }
  }
  const missing = required.filter((argument) => !named.has(argument));
  if (missing.length > 0) throw new ExpressionError(`'${name}' needs the argument '${missing.join("', '")}'`);
  const values: Record<string, FigureValue | FigureValue[]> = {};
  for (const [argument, expression] of named) {
    values[argument] =
      expression.kind === "list"
        ? await Promise.all(expression.entries.map((entry) => evaluate(entry, scope, engine)))
        : await evaluate(expression, scope, engine);
  }
  const result: unknown = await engine[name](values as never);
  return pickField(result, name, field);
}

/**
 * Computes an expression; every call in it is answered by the engine.
 *
 * @param scope what identifiers stand for.
 * @param engine the engine (answers at once) or its worker client (answers with promises).
 * @throws ExpressionError for a name that does not exist; EngineError where the engine refuses a value.
 */
export async function evaluate(
  expression: Expression,
  scope: Scope,
  engine: FigureEngine,
): Promise<FigureValue> {
  switch (expression.kind) {
    case "number":
    case "text":
      return expression.value;
    case "identifier":
      return lookUp(expression.name, scope);
    case "list":
      throw new ExpressionError("a list is no value: it can only be an argument of a call");
    case "call":
      return evaluateCall(expression, scope, engine);
  }
}
