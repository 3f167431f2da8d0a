/** Combining characters of LaTeX's accent commands. */
const accents: Record<string, string> = {
  "`": "\u0300",
  "'": "\u0301",
  "^": "\u0302",
  "~": "\u0303",
  "=": "\u0304",
  u: "\u0306",
  ".": "\u0307",
  '"': "\u0308",
  r: "\u030a",
  H: "\u030b",
  v: "\u030c",
  c: "\u0327",
  k: "\u0328",
};

/**
 * The plain text of a BibTeX value: accents become letters, braces and line breaks go.
 *
 * @throws Error for a LaTeX command other than an accent or an escaped sign.
 */
export function plainLatex(value: string): string {
  const text = value
    .replace(/\\([`'^~=."]|[uvHckr](?![a-zA-Z]))\s*(?:\{(\w)\}|(\w))/g, (_, accent, braced, bare) => {
      return `${braced ?? bare}${accents[accent]}`.normalize("NFC");
    })
    .replace(/\\([&%$#_])/g, "$1");
  const command = /\\\S+/.exec(text)?.[0];
  if (command !== undefined)
    throw new Error(`'${command}': write the character itself instead of the LaTeX command`);
  return text
    .replace(/[{}]/g, "")
    .replace(/\s+/g, " ")
    .replaceAll("---", "—")
    .replaceAll("--", "–")
    .replaceAll("~", "\u00a0")
    .trim();
}
