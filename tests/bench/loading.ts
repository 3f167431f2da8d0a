/**
 * How long the chapter holds up its reader while it loads: the longest task of the page's main thread in each of several first
 * visits, with an empty cache, and what the longest of all consists of. The processor's time counts, since other programs
 * on the machine do not lengthen it.
 */
import type { BrowserContextOptions } from "playwright-core";
import { chapterPath, type Site, startSite } from "../web/browser/harness.ts";
import { type Task, tasksOf, traceMainThread } from "../web/browser/trace.ts";

const visits = Number(process.argv[2] ?? 9);
const windows: BrowserContextOptions[] = [
  { viewport: { width: 1440, height: 900 } },
  { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
];
const arrivals = [
  { place: "at the top", fragment: "" },
  { place: "at a shared instrument", fragment: "#quantizer?format=int3" },
];

/** Time after the layout in which the instruments near the reader come to life, in milliseconds. */
const rest = 1500;

interface Visit {
  longest: Task;
  /** Milliseconds of the clock over 50 that the page itself saw tasks last; `shift` is its cumulative layout shift. */
  longTasks: number[];
  shift: number;
}

/** What the page saw of its own loading. */
function observed(): Promise<Pick<Visit, "longTasks" | "shift">> {
  return new Promise((resolve) => {
    const seen = { longTasks: [] as number[], shift: 0 };
    new PerformanceObserver((list) => {
      seen.longTasks.push(...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: "longtask", buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        seen.shift += (entry as PerformanceEntry & { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(resolve, 100, seen);
  });
}

async function visit(site: Site, fragment: string, window: BrowserContextOptions): Promise<Visit> {
  const { page, context } = await site.open("404.html", { ...window, serviceWorkers: "block" });
  const events = await traceMainThread(site.browser, page, async () => {
    await page.goto(site.address + chapterPath + fragment, { waitUntil: "load" });
    await page.waitForFunction(() => document.documentElement.dataset.layout === undefined);
    await page.waitForTimeout(rest);
  });
  const longest = tasksOf(events).reduce((one, other) => (other.time > one.time ? other : one));
  const seen = await page.evaluate(observed);
  await context.close();
  return { longest, ...seen };
}

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
}

/** The parts of a task that took a millisecond or more, and what is left. */
function partsOf({ parts, elements }: Task): string {
  const shown = parts.filter(([name, time]) => time >= 1 && !name.endsWith("RunTask"));
  return [...shown.map(([name, time]) => `${name} ${time.toFixed(0)}`), `${elements} elements styled`].join(
    ", ",
  );
}

function report(visits: readonly Visit[]): string {
  const times = visits.map(({ longest }) => longest.time);
  const worst = visits.reduce((one, other) => (other.longest.time > one.longest.time ? other : one));
  const longTasks = visits.flatMap((each) => each.longTasks).length;
  const shift = Math.max(...visits.map((each) => each.shift));
  return [
    `longest task ${median(times).toFixed(0)} ms, ${worst.longest.time.toFixed(0)} at most: ${partsOf(worst.longest)}`,
    `by the clock ${longTasks} tasks over 50 ms; layout shift ${shift.toFixed(4)} at most`,
  ].join("\n  ");
}

const site = await startSite();
try {
  for (const { place, fragment } of arrivals) {
    for (const window of windows) {
      const measured: Visit[] = [];
      for (let count = 0; count < visits; count++) measured.push(await visit(site, fragment, window));
      console.log(`${window.viewport?.width} px, ${visits} first visits ${place}\n  ${report(measured)}`);
    }
  }
} finally {
  await site.close();
}
