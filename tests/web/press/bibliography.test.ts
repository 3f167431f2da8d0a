import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Bibliography, parseBibtex, type Work } from "../../../web/press/bibliography/bibtex.ts";
import { plainLatex } from "../../../web/press/bibliography/latex.ts";
import { reference, shortAuthors } from "../../../web/press/bibliography/reference.ts";
import { Diagnostics, formatDiagnostic, SourceFile } from "../../../web/press/diagnostics.ts";
import { html } from "../../../web/press/hast.ts";

function parse(text: string): { works: Bibliography; errors: string[] } {
  const diagnostics = new Diagnostics();
  const works = parseBibtex(new SourceFile("references.bib", text, diagnostics));
  return { works, errors: diagnostics.all.map(formatDiagnostic) };
}

function only(text: string): Work {
  const { works, errors } = parse(text);
  assert.deepEqual(errors, []);
  const [work] = works.values();
  assert.ok(work);
  return work;
}

const entry = (fields: string) => `@misc{key, author = {A. Author}, title = {T}, year = 2000, ${fields}}`;

describe("BibTeX", () => {
  it("reads braces, quotes, numbers, @string and #", () => {
    const text = `comment @string{np = "Neural {P}roc."} ${entry(`journal = np # { 1} # "2", volume = 3`)}`;
    const { fields } = only(text);
    assert.equal(fields.journal, "Neural Proc. 12");
    assert.equal(fields.volume, "3");
  });

  it("reads names of every form", () => {
    const work = only(
      "@misc{k, title={T}, year=2000, author={Lovelace, Ada and Jean {de la} Fontaine\n and {Team, A and B} and others}}",
    );
    assert.deepEqual(work.authors, [
      { family: "Lovelace", given: "Ada" },
      { family: "Fontaine", given: "Jean de la" },
      { family: "Team, A and B", given: "" },
      { family: "others", given: "" },
    ]);
  });

  it("turns LaTeX accents and signs into characters", () => {
    assert.equal(
      plainLatex(String.raw`Bucil{\u{a}} L{\'e}onard \"o G\"{o}del \c{c} A \& B~C 1--2`),
      "Bucilă Léonard ö Gödel ç A & B\u00a0C 1–2",
    );
    assert.throws(() => plainLatex(String.raw`\emph{x}`), { message: /'\\emph\{x\}': write the character/ });
  });

  it("reports malformed entries by line and reads on", () => {
    const { works, errors } = parse(`@misc{good, author={A}, title={T}, year=1}
@misc{open, title = {never closed
@misc{other, author={A}, title={T}}
@misc{unnamed, author={A}, title=nobody, year=1}
@misc{good, author={A}, title={T}, year=1}
@misc{last, author={A}, title={T}, year=1}`);
    assert.deepEqual([...works.keys()], ["good", "last"]);
    assert.deepEqual(errors, [
      "references.bib:2: malformed bibliography entry: '}' is missing after 'never closed\n@misc{o…'",
      "references.bib:3: bibliography entry 'other': it lacks 'year'",
      "references.bib:4: malformed bibliography entry: no @string is named 'nobody'",
      "references.bib:5: duplicate bibliography key 'good'",
    ]);
  });
});

describe("references", () => {
  const work = (author: string, fields = "") =>
    only(`@misc{k, author = {${author}}, title = {A Title}, year = 2020, ${fields}}`);

  it("are cited by one name, two, or the first", () => {
    assert.equal(shortAuthors(work("Lin, Ji")), "Lin");
    assert.equal(shortAuthors(work("Frantar, Elias and Alistarh, Dan")), "Frantar & Alistarh");
    assert.equal(shortAuthors(work("Lin, Ji and Tang, J. and Han, S.")), "Lin et al.");
    assert.equal(shortAuthors(work("Lin, Ji and others")), "Lin et al.");
  });

  it("print authors, year, linked title and venue", () => {
    const printed = html(
      reference(
        work("Niculescu-Mizil, Alexandru Ion and {OpenAI}", "journal = {J}, pages = {1--9}, doi = {10.1/2}"),
        "b",
      ),
    );
    assert.equal(
      printed,
      "Niculescu-Mizil, A. I. &#x26; OpenAI (2020b). " +
        '<a href="https://doi.org/10.1/2" rel="external"><cite>A Title</cite></a>. J, 1–9.',
    );
  });

  it("name a preprint by its archive", () => {
    const printed = html(
      reference(
        work("Lin, Ji", "journal = {arXiv preprint}, eprint = {1503.02531}, archiveprefix = {arXiv}"),
      ),
    );
    assert.equal(printed, "Lin, J. (2020). <cite>A Title</cite>. arXiv:1503.02531.");
  });
});
