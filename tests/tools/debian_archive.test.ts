import assert from "node:assert/strict";
import { test } from "node:test";
import { findMirror, parseAptSources } from "../../tools/setup/debian_archive.mjs";

const deb822 = `Types: deb
# a comment
URIs:
 http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
`;

const oneLine = `# deb http://commented.example/debian bookworm main
deb-src http://sources.example/debian bookworm main
deb [arch=amd64 signed-by=/etc/key.gpg] https://tools.example/apt tools-bookworm main
deb https://containers.example/linux/debian bookworm stable
deb [trusted=no] https://mirror.example/linux/debian/ bookworm main contrib
`;

test("reads the mirror from deb822 sources", () => {
  assert.equal(findMirror(parseAptSources(deb822, "sources")), "http://mirror.example/debian");
});

test("reads the mirror from one-line sources", () => {
  assert.equal(findMirror(parseAptSources(oneLine, "list")), "https://mirror.example/linux/debian");
});

test("leaves out what is disabled, commented or another archive", () => {
  const uris = [...parseAptSources(deb822, "sources"), ...parseAptSources(oneLine, "list")].map(
    ({ uri }) => uri,
  );
  assert.deepEqual(uris, [
    "http://mirror.example/debian",
    "http://mirror.example/debian-security",
    "https://tools.example/apt",
    "https://containers.example/linux/debian",
    "https://mirror.example/linux/debian/",
  ]);
});

test("says so when no Debian mirror is named", () => {
  assert.throws(
    () => findMirror([{ uri: "https://tools.example/apt", suites: ["tools"], components: ["main"] }]),
    /No Debian mirror/,
  );
});
