import { drawChart, type Series } from "./chart.ts";
import { textHtml } from "./output_html.ts";

/** The place under a cell where its output stands: what the build computed, until the first run writes its own. */
export class OutputView {
  readonly #place: HTMLElement;
  readonly #label: string;
  readonly #built: string;
  #text: HTMLElement | undefined;
  #waiting = "";
  #frame = 0;
  #charts = 0;

  constructor(place: HTMLElement, label: string) {
    this.#place = place;
    this.#label = label;
    this.#built = place.innerHTML;
  }

  /** Empties the place for a new run. */
  clear(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#waiting = "";
    this.#text = undefined;
    this.#place.replaceChildren();
  }

  /** Puts back what the build computed. */
  restore(): void {
    this.clear();
    this.#place.innerHTML = this.#built;
  }

  /** Adds text with the next frame, so that a chatty program costs the page one change a frame. */
  write(stream: "stdout" | "stderr", text: string): void {
    this.#waiting += textHtml(stream, text);
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.flush());
  }

  /** Adds what waits for the next frame at once. */
  flush(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (!this.#waiting) return;
    if (!this.#text) this.#text = this.#addText();
    this.#text.insertAdjacentHTML("beforeend", this.#waiting);
    this.#waiting = "";
  }

  chart(series: Series): void {
    let plot = this.#place.querySelector<HTMLElement>("[data-plot]");
    if (!plot) {
      plot = document.createElement("div");
      plot.dataset.plot = "";
      this.#place.append(plot);
    }
    this.#charts++;
    const id = `${this.#label.toLowerCase().replace(/\W+/g, "-")}-chart-${this.#charts}`;
    plot.insertAdjacentHTML("beforeend", drawChart(series, id));
  }

  #addText(): HTMLElement {
    const text = document.createElement("pre");
    text.tabIndex = 0;
    text.setAttribute("role", "region");
    text.setAttribute("aria-label", this.#label);
    this.#place.prepend(text);
    return text;
  }
}
