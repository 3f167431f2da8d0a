import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorsInFiles, errorsInText } from "./small_volume.ts";

/** An exercise whose parts a test replaces. */
function exercise(changes: Partial<Record<"options" | "given" | "body" | "solution", string>> = {}): string {
  const {
    options = "label: double\nanswer: product(a=2, b=factor)\nformat: integer\ntolerance: 1%",
    given = "  - - { factor: 2 }\n    - { factor: 3 }",
    body = "Double {given}`factor`.",
    solution = ":::{solution} double\nIt doubles.\n:::",
  } = changes;
  return `::::{exercise} Double\n---\n${options}\ngiven:\n${given}\n---\n${body}\n::::\n\n${solution}\n`;
}

/**
 * What is wrong, the text, and the errors with line and column; the text's first line is line 8 of the file.
 */
const inText: [string, string, string][] = [
  [
    "an unknown directive",
    "A\n\n:::{exercize} X\n:::",
    "10:4: unknown directive: exercize (did you mean 'exercise'?)",
  ],
  ["an unknown role", "A\nB {engin}`x`", "9:3: unknown role: engin (did you mean 'engine'?)"],
  ["an unknown label", "A\n\nB [](#eq-nothing) C", "10:5: no label is named 'eq-nothing'"],
  ["a misspelt label", "(why)=\n## Why\n\n[](#whi)", "11:3: no label is named 'whi' (did you mean 'why'?)"],
  ["an unknown citation", "A [@ada1834].", "8:5: unknown citation 'ada1834' (did you mean 'ada1843'?)"],
  [
    "an unknown instrument",
    ":::{instrument} quantiser\nX\n:::",
    "8:1: unknown instrument 'quantiser' (did you mean 'quantizer'?)",
  ],
  [
    "an unknown engine function",
    "A\n{engine}`tauSquard(tau=1) | integer`",
    "9:1: {engine}`tauSquard(tau=1) | integer`: the engine has no function 'tauSquard' for chapters (did you mean 'tauSquared'?)",
  ],
  [
    "a wrong argument name",
    "{engine}`tauSquared(ta=1) | integer`",
    "8:1: {engine}`tauSquared(ta=1) | integer`: 'tauSquared' takes no argument 'ta' (did you mean 'tau'?)",
  ],
  [
    "a value that the engine refuses",
    "{engine}`tauSquared(tau=-1) | integer`",
    "8:1: {engine}`tauSquared(tau=-1) | integer`: tau must …",
  ],
  [
    "an unknown format",
    "{engine}`tauSquared(tau=1) | intger`",
    "8:1: {engine}`tauSquared(tau=1) | intger`: there is no format 'intger' (did you mean 'integer'?)",
  ],
  [
    "a figure without a format",
    "{engine}`tauSquared(tau=1)`",
    "8:1: {engine}`tauSquared(tau=1)`: a figure needs a format, such as 'fixed 1'",
  ],
  [
    "an identifier outside an exercise",
    "{engine}`tau | integer`",
    "8:1: {engine}`tau | integer`: no given value is named 'tau'",
  ],
  [
    "a given value outside an exercise",
    "{given}`tau`",
    "8:1: {given}`tau`: a given value belongs to an exercise",
  ],
  ["a dead link to a file", "[x](../other/index.md)", "8:4: there is no chapter in the folder 'other'"],
  [
    "a link to a file that is no chapter",
    "[x](notes.pdf)",
    "8:4: the file 'notes.pdf' is no chapter of the volume",
  ],
  [
    "a dead link to another chapter's label",
    "[x](../small/index.md#nope)",
    "8:4: the chapter 'small' has no label 'nope'",
  ],
  [
    "an unknown entry of the volume",
    "[](volume:chapter-20)",
    "8:3: the volume has no entry 'chapter-20' (did you mean 'chapter-02'?)",
  ],
  ["a forbidden kind of link", "[x](ftp://example.org)", "8:4: links of the kind 'ftp:' are not allowed"],
  ["a duplicate label", "(a)=\n## A\n\n(a)=\n## B", "12:1: duplicate label 'a'"],
  [
    "a label that the page's frame uses",
    "(content)=\n## A",
    "9:1: the label 'content' belongs to the page itself",
  ],
  [
    "a label that no id can be",
    "(a/b)=\n## A",
    "9:1: the label 'a/b' must begin with a letter and hold letters, digits, '-', '_' and '.' only",
  ],
  ["an equation without a label", ":::{equation} T\n$$ x $$\n:::", "8:1: EQ 1.1 needs a label"],
  [
    "TeX that KaTeX rejects, inline",
    "A\n$\\frac{1}$",
    "9:2: TeX: Unexpected end of input in a macro argument, expected '}' at end of input: \\frac{1}",
  ],
  [
    "TeX that KaTeX rejects, displayed",
    ":::{equation} T\n:label: eq-t\n$$\n\\nope\n$$\n:::",
    "11:1: TeX: Undefined control sequence: \\nope at position 1: \\nope",
  ],
  [
    "TeX that is not sound",
    "$\\text{é} ≲ é$",
    "8:2: TeX: LaTeX-incompatible input and strict mode is set to 'error': Accented Unicode text character \"é\" used in math mode [unicodeTextInMathMode] at position 12: \\text{é} ≲ é",
  ],
  [
    "raw HTML",
    "A <b>bold</b> word",
    "8:3: raw HTML has no place in a chapter\n8:10: raw HTML has no place in a chapter",
  ],
  ["a heading that skips a depth", "## A\n\n#### B", "10:1: a heading of depth 4 follows one of depth 2"],
  [
    "a heading of the title's depth",
    "# A",
    "8:1: a heading of depth 1 is the chapter's title, which stands in the front matter",
  ],
  [
    "a directive that has no place in a chapter",
    ":::{warning}\nX\n:::",
    "8:1: the directive 'warning' has no place here",
  ],
  [
    "a kind of node that the press cannot print",
    "![alt](picture.png)",
    "8:1: the press cannot print 'image'",
  ],
  ["a slip outside an exercise", ":::{slip} 1\nX\n:::", "8:1: a slip belongs into an exercise"],
  [
    "a cell in another language",
    "```{code-cell} ruby\n:label: cell-a\nputs 1\n```",
    "8:1: a code cell must be in python, not 'ruby'",
  ],
  [
    "a cell that fails",
    "```{code-cell} python\n:label: cell-a\nprint(1)\nx = 1 / 0\n```",
    "8:1: the cell fails: ZeroDivisionError: division by zero",
  ],
  [
    "a solution without an exercise",
    ":::{solution} duble\nX\n:::\n\n",
    "8:1: the solution's exercise 'duble' does not exist",
  ],
  [
    "an exercise without a solution",
    exercise({ solution: "" }),
    "8:1: the exercise 'double' has no solution",
  ],
  [
    "an exercise with two solutions",
    exercise({ solution: ":::{solution} double\nA\n:::\n\n:::{solution} double\nB\n:::" }),
    "25:1: the exercise 'double' has two solutions",
  ],
  [
    "an exercise without an answer",
    exercise({ options: "label: double\nformat: integer\ntolerance: 1%" }),
    "8:1: required option \"answer\" not provided (in exercise)\n8:1: required body not provided for directive: exercise\n20:1: the solution's exercise 'double' does not exist",
  ],
  [
    "an answer that the engine refuses for one choice",
    exercise({
      options: "label: double\nanswer: tauSquared(tau=factor)\nformat: integer\ntolerance: 1%",
      given: "  - - { factor: 2 }\n    - { factor: 0 }",
    }),
    "11:9: tauSquared(tau=factor) fails for factor=0: tau must …",
  ],
  [
    "a slip that the engine refuses",
    exercise({ body: "Double.\n\n:::{slip} ratio(numerator=1, denominator=0)\nX\n:::" }),
    "20:11: ratio(numerator=1, denominator=0) fails for factor=2: denominator must not be 0",
  ],
  [
    "a figure of an exercise that fails for one choice",
    exercise({ given: "  - - { factor: 2 }\n    - { factor: 3, name: three }", body: "{given}`name`" }),
    "18:1: {given}`name` fails for factor=2: no given value is named 'name'",
  ],
  [
    "a slip for a choice that does not exist",
    exercise({ body: "Double.\n\n:::{slip} 1\n:only: factor=4\nX\n:::" }),
    "21:1: 'factor=4' is no choice of the exercise (did you mean 'factor=2'?)",
  ],
  [
    "a slip whose options MyST does not see",
    exercise({ body: "Double.\n\n:::{slip} 1\n---\nonly: factor=2\n---\nX\n:::" }),
    "22:1: the option of a slip is written ':only: name=value'",
  ],
  [
    "a given value that does not exist",
    exercise({ body: "{given}`fcator`" }),
    "18:1: {given}`fcator` fails for factor=2: no given value is named 'fcator' (did you mean 'factor'?)",
  ],
  [
    "given values of the wrong shape",
    exercise({ given: "  - { factor: 2 }" }),
    "14:1: 'given' must be a list of dimensions, each a list of choices such as { tau: 4 }",
  ],
  [
    "a tolerance that is none",
    exercise({ options: "label: double\nanswer: factor\nformat: integer\ntolerance: some" }),
    "13:1: the tolerance 'some' must be a positive number, or a share such as 0.5%",
  ],
  [
    "malformed options",
    exercise({ given: "  - - { factor: 2" }),
    '8:1: required option "label" not provided (in exercise)\n8:1: required option "answer" not provided (in exercise)\n8:1: required option "format" not provided (in exercise)\n8:1: required option "tolerance" not provided (in exercise)\n8:1: required body not provided for directive: exercise\n16: Invalid YAML options in "exercise" directive: unexpected end of the stream within a flow collection\n20:1: the solution\'s exercise \'double\' does not exist',
  ],
  [
    "an unknown option",
    ":::{equation} T\n:label: eq-t\n:lable: x\n$$ x $$\n:::",
    '10:1: unexpected option "lable" provided (in equation)',
  ],
];

describe("what is wrong in a chapter is reported with file, line and column", () => {
  for (const [name, text, expected] of inText) {
    it(name, async () => {
      // What the engine says after naming the argument is its own.
      const errors = (await errorsInText(text))
        .replaceAll("small/index.md:", "")
        .replace(/(tau must) .*/, "$1 …");
      assert.equal(errors, expected);
    });
  }

  it("also where an exercise has too many combinations to try them all", async () => {
    const choices = (name: string) => `  - - { ${name}: 2 }\n    - { ${name}: 3 }\n    - { ${name}: 0 }`;
    const given = ["a", "b", "c", "d", "e", "f"].map(choices).join("\n");
    const options = "label: double\nanswer: tauSquared(tau=f)\nformat: integer\ntolerance: 1%";
    const errors = await errorsInText(exercise({ options, given, body: "Square it." }));
    assert.match(
      errors,
      /^small\/index\.md:11:9: tauSquared\(tau=f\) fails for a=2, b=2, c=2, d=2, e=2, f=0: tau /,
    );
  });

  it("all of it together, in the order of the lines", async () => {
    const errors = await errorsInText("[](#a)\n\n{nope}`x`\n\n$\\nope$\n\n[@nobody]");
    assert.deepEqual(
      errors.split("\n").map((error) => error.replace(/:\d+: .*/, "")),
      [8, 10, 12, 14].map((line) => `small/index.md:${line}`),
    );
  });
});

const head = (changes: string) => ({ chapter: `---\n${changes}\n---\n` });

const inFiles: [string, Parameters<typeof errorsInFiles>[0], string][] = [
  [
    "no front matter",
    { chapter: "Text" },
    "small/index.md:1: the chapter has no front matter: it begins with a YAML block between two lines of '---'",
  ],
  [
    "a missing key",
    head("title: T\nvolume: 1\nnumber: 1"),
    "small/index.md:1: the front matter lacks 'standfirst'",
  ],
  [
    "an unknown key",
    head("title: T\nvolume: 1\nnumber: 1\nstandfirst: S\nbuilds-on: []"),
    "small/index.md:1: the front matter has no key 'builds-on' (did you mean 'builds_on'?)",
  ],
  [
    "a key of the wrong kind",
    head("title: T\nvolume: 1\nnumber: one\nstandfirst: S"),
    "small/index.md:4: 'number' of the front matter must be a whole number",
  ],
  [
    "malformed front matter",
    head("title: [T\nvolume: 1"),
    "small/index.md:3:1: malformed front matter: Flow sequence in block collection must be sufficiently indented and end with a ] at line 2, column 1:",
  ],
  [
    "an unknown neighbour",
    head("title: T\nvolume: 1\nnumber: 1\nstandfirst: S\nnext: chapter-20"),
    "small/index.md:6: 'next': the volume has no chapter 'chapter-20' (did you mean 'chapter-02'?)",
  ],
  [
    "another volume",
    head("title: T\nvolume: 2\nnumber: 1\nstandfirst: S"),
    "small/index.md:3: the chapter stands in volume 1, not 2",
  ],
  [
    "a chapter that the volume does not list",
    head("title: T\nvolume: 1\nnumber: 7\nstandfirst: S"),
    "small/index.md:4: the volume has no chapter 7",
  ],
  [
    "a volume without chapters",
    { volume: "number: 1\ntitle: T" },
    "small/index.md:4: the volume has no chapter 1\nvolume.yml:1: the volume lacks 'chapters'",
  ],
  [
    "an entry without a summary",
    {
      volume:
        "number: 1\ntitle: T\nchapters:\n  - { number: 1, id: chapter-01, title: Small, status: written }",
    },
    "small/index.md:4: the volume has no chapter 1\nvolume.yml:4: the item of 'chapters' lacks 'summary'",
  ],
  [
    "a malformed bibliography",
    { bibliography: "\n@misc{a, author = {A}" },
    "references.bib:2: malformed bibliography entry: expected ',' or '}' after 'author', found ''",
  ],
];

describe("what is wrong in the files of a volume is reported", () => {
  for (const [name, files, expected] of inFiles) {
    it(name, async () => assert.equal(await errorsInFiles(files), expected));
  }
});
