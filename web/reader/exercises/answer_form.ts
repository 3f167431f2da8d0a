import { element } from "../element.ts";

/** How an answer was judged; `slip` is wrong in a way that the page can name. */
export type Verdict = "right" | "slip" | "wrong" | "unreadable" | "failed" | "new";

/** The line on which a reader answers, and what the page answers back. */
export class AnswerForm {
  readonly form: HTMLFormElement;
  readonly input: HTMLInputElement;
  private readonly feedback: HTMLElement;

  /** Builds the form inside `place`; `label` makes its ids unique on the page. */
  constructor(place: HTMLElement, label: string, unit: string, onAnother: (() => void) | undefined) {
    const inputId = `answer-${label}`;
    const feedbackId = `feedback-${label}`;
    this.input = element("input", {
      id: inputId,
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      spellcheck: "false",
      "data-control": "answer",
      "aria-describedby": feedbackId,
    });
    const field = element("span", { class: "answer-field" }, this.input);
    const caption = element("label", { for: inputId }, "Your answer");
    if (unit !== "") {
      field.append(element("span", { class: "answer-unit", "aria-hidden": "true" }, unit));
      caption.append(element("span", { class: "visually-hidden" }, ` in ${unit}`));
    }
    const check = element("button", { type: "submit", class: "primary" }, "Check");
    this.form = element("form", { class: "answer-form", novalidate: true }, caption, field, check);
    if (onAnother !== undefined) {
      const another = element("button", { type: "button", "data-control": "another" }, "Another one");
      another.addEventListener("click", onAnother);
      this.form.append(another);
    }
    this.feedback = element("div", {
      class: "feedback",
      id: feedbackId,
      role: "status",
      "data-feedback": true,
    });
    place.replaceChildren(this.form, this.feedback);
  }

  /** Answers the reader. */
  say(verdict: Verdict, ...message: (Node | string)[]): void {
    this.feedback.dataset.verdict = verdict;
    this.feedback.replaceChildren(...message);
    if (["slip", "wrong", "unreadable"].includes(verdict)) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }
}
