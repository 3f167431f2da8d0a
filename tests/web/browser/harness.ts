/**
 * What every browser test stands on: the built site behind a plain static server, the distribution's Chromium, and a watch over each
 * page that records whatever a reader must never meet (console errors, policy violations, requests that leave the origin).
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { serve } from "../../../tools/serve.mjs";

export const distribution = fileURLToPath(new URL("../../../dist/", import.meta.url));
export const chapterPath = "compression/";

/** Every kind of trouble that a watched page has met so far, in order. */
export interface Troubles {
  console: string[];
  policy: string[];
  offOrigin: string[];
}

export interface Site {
  browser: Browser;
  /** Where the volume's index stands, with a slash at the end. */
  address: string;
  /** Opens a page in a context of its own; `troubles` fills as it lives. */
  open(
    path: string,
    options?: OpenOptions,
  ): Promise<{ page: Page; context: BrowserContext; troubles: Troubles }>;
  close(): Promise<void>;
}

/** Service workers are blocked unless asked for: each page would fetch the whole volume. */
export interface OpenOptions extends BrowserContextOptions {
  /** Runs in the page before any of its own scripts. */
  before?: () => void;
}

const executable = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path !== undefined && existsSync(path));

const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Serves `dist/` below `basePath` and starts a browser. Windows are 1440 × 900 unless a test says otherwise. */
export async function startSite({ basePath = "/" }: { basePath?: string } = {}): Promise<Site> {
  if (executable === undefined)
    throw new Error("No Chromium found: install the distribution's `chromium` or set CHROMIUM.");
  const server = await serve({ root: distribution, port: 0, basePath });
  const browser = await chromium.launch({ executablePath: executable, args: quiet });
  const address = `http://localhost:${server.port}${basePath}`;
  return {
    browser,
    address,
    async open(path, { before, ...options } = {}) {
      const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        serviceWorkers: "block",
        ...options,
      });
      const troubles: Troubles = { console: [], policy: [], offOrigin: [] };
      const origin = new URL(address).origin;
      context.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(origin) && !url.startsWith("data:") && !url.startsWith("blob:"))
          troubles.offOrigin.push(url);
      });
      context.on("console", (message) => {
        if (message.type() === "error")
          troubles.console.push(`${message.text()} (${message.location().url})`);
        if (message.text().includes("Content Security Policy")) troubles.policy.push(message.text());
      });
      context.on("weberror", (error) => troubles.console.push(String(error.error())));
      if (before !== undefined) await context.addInitScript(before);
      const page = await context.newPage();
      await page.goto(address + path, { waitUntil: "load" });
      // The text of a section that waits to be laid out cannot be read off the screen.
      await page.locator("html:not([data-layout])").waitFor({ state: "attached" });
      return { page, context, troubles };
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** The watched page met nothing that a reader must never meet. */
export function untroubled(troubles: Troubles): boolean {
  return troubles.console.length + troubles.policy.length + troubles.offOrigin.length === 0;
}

/** Answers the first exercise of the chapter rightly, and waits until the engine has said so. */
export async function solveAnExercise(page: Page): Promise<void> {
  const exercise = page.locator("[data-exercise='decode-ceiling']");
  await exercise.locator("[data-control='answer']").fill("95.7");
  await exercise.locator("[data-control='answer']").press("Enter");
  await exercise.locator("[data-feedback][data-verdict='right']").waitFor();
}

/** An instrument that has come to life. */
export async function awake(page: Page, id: string): Promise<Locator> {
  const instrument = page.locator(`[data-instrument="${id}"]`);
  await instrument.scrollIntoViewIfNeeded();
  await instrument.locator(`instrument-${id}`).waitFor();
  return instrument;
}

/** What a readout of an instrument says. */
export function reading(instrument: Locator, name: string): Promise<string> {
  return instrument.locator(`output[data-readout='${name}']`).innerText();
}
