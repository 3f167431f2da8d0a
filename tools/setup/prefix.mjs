import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SetupError, step } from "./console.mjs";
import { architecture, privateApt } from "./debian_archive.mjs";
import { root, toolchain } from "./paths.mjs";
import { output, run } from "./process.mjs";

/** Where the private prefix stands: Emscripten, binaryen, xsimd and doctest of Debian 13, unpacked, never installed. */
export const prefix = join(toolchain, "prefix");

const suite = "trixie";
const programs = ["emscripten", "binaryen", "libxsimd-dev", "xtl-dev", "doctest-dev"];
/** binaryen's programs are built against a newer C library than Debian 12's: they run on their own. */
const runtime = ["libc6", "libstdc++6", "libgcc-s1"];
/** Parts of Emscripten's library cache for threads, position independence, 64-bit memory and sanitizers. */
const unused = [
  "*/wasm64-emscripten",
  "*/pic",
  "*/lto-pic",
  "*-mt.a",
  "*-mt-*",
  "*-ww.a",
  "*-ww-*",
  "*san*_rt*.a",
  "*-asan*",
  "*/usr/share/doc",
];

const triplets = /** @type {Record<string, string>} */ ({
  amd64: "x86_64-linux-gnu",
  arm64: "aarch64-linux-gnu",
});

/** The stamp changes with this recipe and with the folder's place, which the prefix's configuration names. */
async function wantedStamp() {
  const recipe = await readFile(fileURLToPath(import.meta.url));
  return createHash("sha256").update(recipe).update(prefix).digest("hex");
}

export async function prefixIsReady() {
  const stamp = join(prefix, "stamp");
  return existsSync(stamp) && (await readFile(stamp, "utf8")) === (await wantedStamp());
}

/** Brings the prefix into being; does nothing when it stands. An interrupted call is taken up again by the next. */
export async function makePrefix() {
  if (await prefixIsReady()) return;
  const triplet = triplets[architecture()];
  if (!triplet)
    throw new SetupError(`The toolchain prefix is made for amd64 and arm64, not for ${architecture()}.`);
  const downloads = join(toolchain, "downloads");
  await mkdir(downloads, { recursive: true });
  const apt = await privateApt(join(toolchain, "apt"), suite);
  await step("Reading Debian 13's package lists", apt.update);
  const packages = [...programs, ...runtime];
  const files = await step("Fetching Emscripten, binaryen, xsimd and doctest of Debian 13", () =>
    apt.download(packages, downloads),
  );

  const beside = `${prefix}.unpacking`;
  await rm(beside, { recursive: true, force: true });
  await step("Unpacking the toolchain", async () => {
    for (const name of packages) {
      const file = files.find((candidate) => candidate.startsWith(`${name}_`));
      if (!file) throw new SetupError(`Debian's archive did not offer the package ${name}.`);
      const target = join(beside, programs.includes(name) ? "root" : "runtime");
      await unpack(join(downloads, file), target);
    }
    await configureEmscripten(beside);
    await wrapBinaryen(beside, triplet);
  });
  await writeFile(join(beside, "stamp"), await wantedStamp());
  await rm(prefix, { recursive: true, force: true });
  await rename(beside, prefix);
  await rm(downloads, { recursive: true, force: true });
}

/**
 * @param {string} archive
 * @param {string} target
 */
async function unpack(archive, target) {
  await mkdir(target, { recursive: true });
  const exclusions = unused.map((pattern) => `--exclude='${pattern}'`).join(" ");
  const pipeline = `set -o pipefail; dpkg-deb --fsys-tarfile "$0" | tar -x -C "$1" ${exclusions}`;
  await run("bash", ["-c", pipeline, archive, target]);
}

/** @param {string} beside */
async function configureEmscripten(beside) {
  const emscripten = join(beside, "root/usr/share/emscripten");
  const settings = {
    LLVM_ROOT: dirname(output("which", ["clang-19"])?.trim() ?? "/usr/bin/clang-19"),
    LLVM_ADD_VERSION: "19",
    CLANG_ADD_VERSION: "19",
    BINARYEN_ROOT: join(prefix, "binaryen"),
    NODE_JS: process.execPath,
    CACHE: join(prefix, "root/usr/share/emscripten/cache"),
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  await writeFile(join(emscripten, ".emscripten"), `${lines.join("")}FROZEN_CACHE = True\n`);
  // Its scripts are CommonJS; without this, node would take them for this project's modules.
  await writeFile(join(emscripten, "package.json"), '{ "type": "commonjs" }\n');
  const modules = join(emscripten, "node_modules");
  await rm(modules, { recursive: true, force: true });
  await mkdir(modules);
  await symlink(join(root, "node_modules/acorn"), join(modules, "acorn"));
}

/**
 * @param {string} beside
 * @param {string} triplet
 */
async function wrapBinaryen(beside, triplet) {
  const binaries = join(beside, "binaryen/bin");
  await mkdir(binaries, { recursive: true });
  const libraries = `$prefix/runtime/usr/lib/${triplet}`;
  const folder = join(beside, "runtime/usr/lib", triplet);
  const loader = (await readdir(folder)).find((file) => /^ld-linux.*\.so\.\d$/.test(file));
  if (!loader) throw new SetupError(`The dynamic loader is missing in ${folder}.`);
  for (const program of await readdir(join(beside, "root/usr/bin"))) {
    if (!program.startsWith("wasm")) continue;
    const wrapper = join(binaries, program);
    const script = [
      "#!/bin/sh",
      `prefix=$(dirname "$0")/../..`,
      `exec "${libraries}/${loader}" --library-path "${libraries}:$prefix/root/usr/lib/${triplet}" \\`,
      `  "$prefix/root/usr/bin/${program}" "$@"`,
      "",
    ];
    await writeFile(wrapper, script.join("\n"));
    await chmod(wrapper, 0o755);
  }
}
