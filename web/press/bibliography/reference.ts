import type { ElementContent } from "hast";
import { element } from "../hast.ts";
import type { Person, Work } from "./bibtex.ts";

/** The name under which a work is cited: one family name, two, or the first "et al." */
export function shortAuthors({ authors }: Work): string {
  const [first, second, ...others] = authors.map(({ family }) => family);
  if (second === undefined) return first ?? "";
  return others.length > 0 || second === "others" ? `${first} et al.` : `${first} & ${second}`;
}

/** More authors than this are cut to the first and "et al." */
const mostAuthors = 8;

function allAuthors({ authors }: Work): string {
  const named = authors.filter(({ family }) => family !== "others").map(fullName);
  if (named.length > mostAuthors || named.length < authors.length) return `${named[0]} et al.`;
  const last = named.pop();
  return named.length > 0 ? `${named.join(", ")} & ${last}` : (last ?? "");
}

/** "Hinton, G." */
function fullName({ family, given }: Person): string {
  const initials = [...given.matchAll(/(^|[\s-])(\p{L})/gu)].map(([, joint, letter]) => `${joint}${letter}.`);
  return given === "" ? family : `${family}, ${initials.join("").trim()}`;
}

/** Where a work appeared: journal or proceedings, volume and pages. */
function venue({ fields }: Work): string {
  const place = fields.journal ?? fields.booktitle ?? fields.institution ?? fields.publisher ?? "";
  const eprint = fields.eprint ? `${fields.archiveprefix ?? "arXiv"}:${fields.eprint}` : "";
  const preprint = /preprint/i.test(place);
  return [preprint ? "" : place, preprint ? "" : fields.volume, fields.pages, eprint]
    .filter(Boolean)
    .join(", ");
}

/** A whole reference: authors, year, linked title, venue. `letter` tells works of one name and year apart. */
export function reference(work: Work, letter = ""): ElementContent[] {
  const { fields, year } = work;
  const link = fields.url ?? (fields.doi ? `https://doi.org/${fields.doi}` : undefined);
  const title = element("cite", {}, fields.title);
  const place = venue(work);
  return [
    { type: "text", value: `${allAuthors(work)} (${year}${letter}). ` },
    link === undefined ? title : element("a", { href: link, rel: "external" }, title),
    { type: "text", value: place === "" ? "." : `. ${place}.` },
  ];
}
