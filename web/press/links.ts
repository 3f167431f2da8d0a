import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { Pages } from "./press.ts";

/** A page's ids and the URLs that it refers to. */
function scan(html: string): { ids: string[]; urls: string[] } {
  const values = (name: string) =>
    [...html.matchAll(new RegExp(`\\s${name}="([^"]*)"`, "g"))].map((match) =>
      (match[1] ?? "").replaceAll("&amp;", "&"),
    );
  return { ids: values("id"), urls: [...values("href"), ...values("src")] };
}

/** The page for unknown addresses offers the index at several places, of which only one exists. */
const guessing = "404.html";

/**
 * Checks every link, script, style and image of the pages against the site.
 *
 * @param site folder that holds what the pages refer to beside each other.
 * @returns a sentence for each link whose file or anchor does not exist, and for each id that stands twice on
 *   a page.
 */
export function deadLinks(site: string, pages: Pages): string[] {
  const scanned = new Map([...pages].map(([path, html]) => [path, scan(html)]));
  const problems: string[] = [];
  for (const [path, { ids, urls }] of scanned) {
    const twice = ids.find((id, index) => ids.indexOf(id) < index);
    if (twice !== undefined) problems.push(`${path}: the id '${twice}' stands twice`);
    if (path === guessing) continue;
    for (const url of new Set(urls)) {
      if (/^(https?|mailto|data):/.test(url)) continue;
      const [file = "", anchor] = url.split("#");
      const target = file === "" ? path : normalize(join(dirname(path), file));
      const page = scanned.get(target);
      if (page === undefined && !existsSync(join(site, target))) {
        problems.push(`${path}: the link '${url}' leads to no file`);
      } else if (anchor !== undefined && page !== undefined && !page.ids.includes(anchor)) {
        problems.push(`${path}: the link '${url}' leads to no anchor`);
      }
    }
  }
  return problems;
}
