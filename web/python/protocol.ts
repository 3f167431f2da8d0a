import type { Series } from "./chart.ts";

/** What the page tells the worker. */
export type Request = { type: "start"; siteRoot: string } | { type: "run"; source: string; name: string };

/** What the worker tells the page. */
export type Reply =
  | { type: "progress"; stage: string; loaded: number; total: number }
  | { type: "ready"; version: string }
  | { type: "unavailable"; message: string }
  | { type: "text"; stream: "stdout" | "stderr"; text: string }
  | { type: "chart"; series: Series }
  | { type: "finished"; succeeded: boolean }
  | { type: "crashed"; message: string };
