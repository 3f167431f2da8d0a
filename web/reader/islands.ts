import { connectEngine, type RemoteEngine } from "../../bindings/client.ts";
import { whenIdle } from "./idle.ts";

/** Runs `start` once `place` comes within a window's height of the reader. */
function whenNear(place: HTMLElement, start: () => void): void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      start();
    },
    { rootMargin: "100% 0px" },
  );
  observer.observe(place);
}

/** Brings an island to life; where its code cannot be had, the static picture stays and a sentence says so. */
async function enliven(place: HTMLElement, hydrate: () => Promise<unknown>): Promise<void> {
  try {
    await hydrate();
  } catch (error) {
    const note = document.createElement("p");
    note.className = "island-failure";
    note.setAttribute("role", "status");
    note.textContent = navigator.onLine
      ? "This part could not be started; what you see is its default picture."
      : "This part is not available offline yet; what you see is its default picture.";
    place.append(note);
    console.warn(error);
  }
}

/** Brings the instruments and the Python cells to life as the reader comes near them. */
export function hydrateIslands(siteRoot: URL, engine: RemoteEngine): void {
  for (const section of document.querySelectorAll<HTMLElement>("[data-instrument]")) {
    // Workers of its own, which start when the instrument first has long work for them.
    const spawn = () => connectEngine(siteRoot);
    const hydrate = async () =>
      (await import("../instruments/hydrate.ts")).hydrateInstrument(section, engine, spawn);
    whenNear(section, () => whenIdle(() => void enliven(section, hydrate)));
  }
  for (const figure of document.querySelectorAll<HTMLElement>("[data-cell]")) {
    const hydrate = async () => (await import("../python/cell.ts")).hydrateCell(figure, { siteRoot });
    whenNear(figure, () => whenIdle(() => void enliven(figure, hydrate)));
  }
}
