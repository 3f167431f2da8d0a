import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { progress, SetupError } from "./console.mjs";
import { download } from "./download.mjs";
import { output, runQuietly } from "./process.mjs";

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

const releases = [
  "bullseye",
  "bookworm",
  "trixie",
  "forky",
  "sid",
  "oldstable",
  "stable",
  "testing",
  "unstable",
];

/** The machine's Debian architecture, such as "amd64" or "arm64". */
export function architecture() {
  const name = output("dpkg", ["--print-architecture"])?.trim();
  if (!name)
    throw new SetupError("dpkg is missing: the toolchain prefix needs Debian or one of its relatives.");
  return name;
}

/** @typedef {{ uri: string, suites: string[], components: string[] }} Source */

/**
 * The binary archives that one apt source file names and does not disable.
 * @param {string} text
 * @param {"list" | "sources"} format one-line style or deb822 style
 * @returns {Source[]}
 */
export function parseAptSources(text, format) {
  const words = (/** @type {string} */ value) => value.split(/\s+/).filter(Boolean);
  if (format === "list") {
    const lines = text.matchAll(/^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)([^#\n]*)/gm);
    return [...lines].map(([, uri, suite, rest]) => ({ uri, suites: [suite], components: words(rest) }));
  }
  const stanzas = text.replace(/^#.*\n/gm, "").split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    // A field goes on in the lines that start with a blank.
    const field = (/** @type {string} */ name) =>
      words(stanza.match(new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, "im"))?.[1] ?? "");
    if (field("Enabled")[0]?.toLowerCase() === "no" || !field("Types").includes("deb")) return [];
    const rest = { suites: field("Suites"), components: field("Components") };
    return field("URIs").map((uri) => ({ uri, ...rest }));
  });
}

/**
 * The address of the first Debian archive among the machine's sources: it offers a release's own suite and its "main".
 * @param {Source[]} sources
 * @throws {SetupError} when there is none
 */
export function findMirror(sources) {
  const debian = sources.find(
    ({ suites, components }) =>
      suites.some((suite) => releases.includes(suite)) && components.includes("main"),
  );
  if (!debian) throw new SetupError("No Debian mirror stands in /etc/apt/sources.list or sources.list.d.");
  return debian.uri.replace(/\/$/, "");
}

/** All sources in the files of /etc/apt. */
async function aptSources() {
  const folder = "/etc/apt/sources.list.d";
  const files = ["/etc/apt/sources.list"];
  if (existsSync(folder)) files.push(...(await readdir(folder)).sort().map((name) => join(folder, name)));
  const sources = [];
  for (const file of files.filter((name) => /\.(list|sources)$/.test(name) && existsSync(name))) {
    const format = file.endsWith(".list") ? "list" : "sources";
    sources.push(...parseAptSources(await readFile(file, "utf8"), format));
  }
  return sources;
}

/**
 * An apt of our own: its lists, cache and (empty) status live under `folder`, and nothing of the system's is changed.
 * apt verifies the archive's signature and the lists; the files are checked against the lists' checksums.
 * @param {string} folder
 * @param {string} suite the Debian release to read, such as "trixie"
 */
export async function privateApt(folder, suite) {
  const folders = [
    "lists/partial",
    "cache/archives/partial",
    "apt.conf.d",
    "preferences.d",
    "sources.list.d",
  ];
  for (const part of folders) await mkdir(join(folder, part), { recursive: true });
  const mirror = findMirror(await aptSources());
  await writeFile(join(folder, "status"), "");
  await writeFile(join(folder, "sources.list"), `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
  const configuration = join(folder, "apt.conf");
  await writeFile(
    configuration,
    [
      `Dir::Etc "${folder}";`,
      `Dir::State "${folder}";`,
      `Dir::State::lists "${folder}/lists";`,
      `Dir::State::status "${folder}/status";`,
      `Dir::Cache "${folder}/cache";`,
      `APT::Sandbox::User "";`,
      `Acquire::Languages "none";`,
      `Acquire::Retries "3";`,
      "",
    ].join("\n"),
  );
  const environment = { ...process.env, APT_CONFIG: configuration, LC_ALL: "C" };
  return {
    update: () => runQuietly("apt-get", ["-q", "update", "--error-on=any"], { env: environment }),
    /**
     * Fetches the packages' files into `target` and returns their names.
     * @param {string[]} packages
     * @param {string} target
     */
    async download(packages, target) {
      const listing = output("apt-get", ["--print-uris", "download", ...packages], {
        cwd: folder,
        env: environment,
      });
      const lines = (listing ?? "").matchAll(/^'([^']+)' (\S+) (\d+) SHA256:([0-9a-f]{64})$/gm);
      const files = [...lines].map(([, uri, name, size, sha256]) => ({
        uri,
        name,
        size: Number(size),
        sha256,
      }));
      const total = files.reduce((sum, { size }) => sum + size, 0);
      const report = progress(`${Math.round(total / 1e6)} MB`);
      let done = 0;
      for (const file of files) {
        await download(file, join(target, file.name), (bytes) => report((100 * (done + bytes)) / total));
        done += file.size;
      }
      return files.map(({ name }) => name);
    },
  };
}
