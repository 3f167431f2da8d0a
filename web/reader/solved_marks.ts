import { element } from "./element.ts";
import type { Progress } from "./progress.ts";

/** The entry of the contents for the part of the page in which an exercise stands. */
function entryOf(exercise: HTMLElement, contents: HTMLElement): HTMLAnchorElement | undefined {
  const links = [...contents.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')];
  const holders = links.filter((link) => {
    const part = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    return part?.contains(exercise) ?? false;
  });
  return holders.at(-1);
}

/** The entries of the contents that have exercises, each with its exercises. */
function groupByEntry(
  exercises: readonly HTMLElement[],
  contents: HTMLElement,
): Map<HTMLAnchorElement, HTMLElement[]> {
  const groups = new Map<HTMLAnchorElement, HTMLElement[]>();
  for (const exercise of exercises) {
    const entry = entryOf(exercise, contents);
    if (entry !== undefined) groups.set(entry, [...(groups.get(entry) ?? []), exercise]);
  }
  return groups;
}

/** Puts the mark of a solved exercise at the end of `place`, or takes it away; a short one is a tick for the eye alone. */
function setMark(place: HTMLElement, isShown: boolean, isShort: boolean): void {
  place.querySelector(":scope > .solved")?.remove();
  if (!isShown) return;
  const tick = element("span", { "aria-hidden": "true" }, "✓");
  const word = element("span", { class: isShort ? "visually-hidden" : undefined }, " solved");
  place.append(element("span", { class: "solved" }, tick, word));
}

/** Shows what the reader has solved: on each exercise, in the contents, and as a count that can be cleared. */
export function showProgress(
  exercises: readonly HTMLElement[],
  contents: HTMLElement | null,
  progress: Progress,
  page: string,
): void {
  if (exercises.length === 0) return;
  const isSolved = (exercise: HTMLElement): boolean =>
    progress.isSolved(page, exercise.dataset.exercise ?? "");
  const count = element("span");
  const clear = element("button", { type: "button", "data-control": "clear-progress" }, "Clear progress");
  clear.addEventListener("click", () => {
    progress.clear();
    count.setAttribute("tabindex", "-1");
    count.focus();
  });
  contents?.append(element("div", { class: "contents-progress" }, count, clear));
  const byEntry = contents === null ? [] : groupByEntry(exercises, contents);

  progress.watch(() => {
    for (const exercise of exercises) {
      exercise.toggleAttribute("data-solved", isSolved(exercise));
      const label = exercise.querySelector<HTMLElement>(".exercise-label");
      if (label !== null) setMark(label, isSolved(exercise), false);
    }
    for (const [entry, members] of byEntry) setMark(entry, members.every(isSolved), true);
    const solved = exercises.filter(isSolved).length;
    count.textContent = `${solved} of ${exercises.length} exercises solved`;
    clear.hidden = solved === 0;
  });
}
