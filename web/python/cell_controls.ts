/** The row of buttons and the line of state under a cell's source. */
export interface CellControls {
  run: HTMLButtonElement;
  stop: HTMLButtonElement;
  reset: HTMLButtonElement;
  copy: HTMLButtonElement;
  keep: HTMLButtonElement;
  /** The line that says what goes on, spoken politely. */
  say(text: string): void;
  /** Bytes that have come of those that must; without numbers the bar goes. */
  progress(loaded?: number, total?: number): void;
  /** Explains the editor's keys; the editor refers to it by this id. */
  hintId: string;
}

function button(label: string, className = ""): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.className = className;
  element.textContent = label;
  return element;
}

export function buildControls(place: HTMLElement, cell: string): CellControls {
  const run = button("Run", "primary");
  const stop = button("Stop");
  const reset = button("Reset");
  const copy = button("Copy");
  const keep = button("Keep Python for offline reading", "quiet cell-keep");
  stop.disabled = true;
  keep.hidden = true;

  const status = document.createElement("p");
  status.className = "cell-status";
  status.setAttribute("role", "status");
  const bar = document.createElement("progress");
  bar.hidden = true;
  bar.setAttribute("aria-label", "Loading Python");
  const hint = document.createElement("p");
  hint.id = `python-${cell}-keys`;
  hint.className = "cell-hint";
  hint.textContent = "Shift-Enter runs the cell. Tab indents; Escape, then Tab, leaves the editor.";

  const row = document.createElement("div");
  row.className = "cell-buttons";
  row.append(run, stop, reset, copy, keep);
  place.replaceChildren(row, bar, status, hint);
  return {
    run,
    stop,
    reset,
    copy,
    keep,
    hintId: hint.id,
    say(text) {
      if (status.textContent !== text) status.textContent = text;
    },
    progress(loaded, total) {
      bar.hidden = loaded === undefined || total === undefined;
      if (total) bar.max = total;
      if (loaded !== undefined) bar.value = loaded;
    },
  };
}
