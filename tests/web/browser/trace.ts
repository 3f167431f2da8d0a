/** What Chromium's own trace tells of the main thread of a page: its tasks, and what each of them did. */
import type { Browser, Page } from "playwright-core";

/** One thing that the main thread did; times are microseconds, `ts` and `dur` of the clock, `tdur` of the processor. */
export interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  tdur?: number;
  args?: {
    elementCount?: number;
    beginData?: { url?: string; stackTrace?: { url: string; functionName: string }[] };
  };
}

/** One task of the main thread. */
export interface Task {
  /** Milliseconds of the processor's time, which other programs on the machine do not lengthen. */
  time: number;
  /** Milliseconds of each kind of work in it, without what other kinds did within; the longest first. */
  parts: [name: string, time: number][];
  /** How many elements were styled in it. */
  elements: number;
}

const categories = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline.stack"];

/** Traces the main thread of `page` while `work` opens a document in it: its events, in the order of their beginnings. */
export async function traceMainThread(
  browser: Browser,
  page: Page,
  work: () => Promise<unknown>,
): Promise<TraceEvent[]> {
  await browser.startTracing(page, { categories });
  await work();
  const trace = await browser.stopTracing();
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const thread = ({ pid, tid }: TraceEvent) => `${pid}:${tid}`;
  // The browser has pages of its own, each with a main thread: this is the one that parsed the document.
  const address = page.url().replace(/#.*/, "");
  const parsing = traceEvents.filter(
    ({ name, args }) => name === "ParseHTML" && args?.beginData?.url?.replace(/#.*/, "") === address,
  );
  const threads = new Set(parsing.map(thread));
  return traceEvents
    .filter((event) => threads.has(thread(event)))
    .toSorted((one, other) => one.ts - other.ts || (other.dur ?? 0) - (one.dur ?? 0));
}

/** The tasks of a main thread, from its events. */
export function tasksOf(events: readonly TraceEvent[]): Task[] {
  const tasks: TraceEvent[][] = [];
  let end = 0;
  for (const event of events.filter(({ tdur }) => tdur !== undefined)) {
    if (event.ts < end) tasks.at(-1)?.push(event);
    else if (event.name.endsWith("RunTask")) {
      tasks.push([event]);
      end = endOf(event);
    }
  }
  return tasks.map(taskOf);
}

function endOf({ ts, dur = 0 }: TraceEvent): number {
  return ts + dur;
}

/** @param events those of one task, itself the first. */
function taskOf(events: readonly TraceEvent[]): Task {
  const times = new Map<string, number>();
  const add = (name: string, time: number) => times.set(name, (times.get(name) ?? 0) + time);
  const around: TraceEvent[] = [];
  for (const event of events) {
    const time = (event.tdur ?? 0) / 1000;
    while (around.length > 0 && endOf(around.at(-1) as TraceEvent) <= event.ts) around.pop();
    const outer = around.at(-1);
    if (outer !== undefined) add(outer.name, -time);
    add(event.name, time);
    around.push(event);
  }
  return {
    time: (events[0]?.tdur ?? 0) / 1000,
    parts: [...times].toSorted(([, one], [, other]) => other - one),
    elements: events.reduce((sum, { args }) => sum + (args?.elementCount ?? 0), 0),
  };
}
