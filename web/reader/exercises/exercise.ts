import type { Scope } from "../../figures/expression.ts";
import { formatFigure } from "../../figures/format.ts";
import type { FigureEngine } from "../../figures/functions.ts";
import { element } from "../element.ts";
import { AnswerForm } from "./answer_form.ts";
import { anotherDraw, type Draw, drawCount, type Given, printedDraw, scopeOf } from "./draw.ts";
import { computeNumber, recomputeFigures } from "./figures.ts";
import { parseAnswer } from "./parse_answer.ts";
import { findSlip } from "./slips.ts";
import { isWithin, parseTolerance } from "./tolerance.ts";

/** What the press writes into `[data-specification]`. */
type Specification = {
  label: string;
  answer: string;
  format: string;
  unit?: string;
  tolerance: string | number;
  given: Given;
};

function readSpecification(section: HTMLElement): Specification {
  const text = section.querySelector("[data-specification]")?.textContent;
  if (!text) throw new Error(`exercise '${section.id}' has no specification`);
  return JSON.parse(text) as Specification;
}

/** A message of one leading word and a sentence. */
function sentence(lead: string, text: string): HTMLParagraphElement {
  return element("p", {}, element("strong", {}, lead), ` ${text}`);
}

/** An exercise that can be answered, and drawn anew with other values. */
class Exercise {
  private readonly section: HTMLElement;
  private readonly engine: FigureEngine;
  private readonly onSolved: () => void;
  private readonly specification: Specification;
  private readonly form: AnswerForm;
  private draw: Draw;
  /** Counts draws and checks, so that a late reply of the engine to an earlier one is dropped. */
  private turn = 0;

  constructor(section: HTMLElement, engine: FigureEngine, onSolved: () => void) {
    this.section = section;
    this.engine = engine;
    this.onSolved = onSolved;
    this.specification = readSpecification(section);
    this.draw = printedDraw(this.specification.given);
    const place = section.querySelector<HTMLElement>("[data-answer]");
    if (place === null) throw new Error(`exercise '${section.id}' has no place for an answer`);
    const hasOthers = drawCount(this.specification.given) > 1;
    const onAnother = hasOthers ? () => void this.guard(() => this.drawAnother()) : undefined;
    const { label, unit = "" } = this.specification;
    this.form = new AnswerForm(place, label, unit, onAnother);
    this.form.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.guard(() => this.check());
    });
  }

  private get scope(): Scope {
    return scopeOf(this.specification.given, this.draw);
  }

  /** Says in the exercise itself when the engine cannot answer. */
  private async guard(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.form.say("failed", sentence("The engine could not compute this.", reason));
    }
  }

  private async check(): Promise<void> {
    const turn = ++this.turn;
    const { answer: expression, unit = "", tolerance: toleranceText } = this.specification;
    const answer = parseAnswer(this.form.input.value, unit);
    if (answer.kind === "empty") {
      const asked = unit === "" ? "a number" : `a number in ${unit}`;
      this.form.say("unreadable", sentence("Nothing to check yet.", `Type ${asked}, then press Enter.`));
      this.form.input.focus();
      return;
    }
    if (answer.kind === "unreadable") {
      this.form.say("unreadable", sentence("I cannot read that.", answer.reason));
      this.form.input.focus();
      return;
    }
    const { scope, engine } = this;
    const tolerance = parseTolerance(toleranceText);
    const right = await computeNumber(expression, scope, engine);
    const isRight = answer.readings.some((reading) => isWithin(reading, right, tolerance));
    const slip = isRight
      ? undefined
      : await findSlip(this.slips, answer.readings, right, tolerance, scope, engine);
    if (turn !== this.turn) return;
    if (isRight) this.praise(right);
    else if (slip !== undefined) this.form.say("slip", element("strong", {}, "Not quite."), " ", slip);
    else this.form.say("wrong", sentence("Not yet.", this.direction(answer.readings[0] ?? 0, right)));
  }

  private get slips(): DocumentFragment {
    return (
      this.section.querySelector<HTMLTemplateElement>("template[data-slips]")?.content ??
      new DocumentFragment()
    );
  }

  private praise(right: number): void {
    const { format, unit = "" } = this.specification;
    const figure = formatFigure(right, format) + (unit === "" ? "" : `\u00a0${unit}`);
    this.form.say("right", sentence("Right.", `The engine says ${figure}.`));
    this.onSolved();
  }

  private direction(given: number, right: number): string {
    const hint = this.section.querySelector("[data-hint]") === null ? "" : " The hint below may help.";
    if (Math.sign(given) !== Math.sign(right)) return `The sign or the zero is off.${hint}`;
    const ratio = given / right;
    if (ratio > 10 || ratio < 0.1) {
      return `That is too ${ratio > 1 ? "large" : "small"} by a factor of more than ten: check the powers of ten.${hint}`;
    }
    return `That is too ${Math.abs(ratio) > 1 ? "large" : "small"}.${hint}`;
  }

  /** Draws other values and computes every figure of the exercise for them. */
  private async drawAnother(): Promise<void> {
    const turn = ++this.turn;
    const { given } = this.specification;
    const draw = anotherDraw(given, this.draw);
    const write = await recomputeFigures(this.section, scopeOf(given, draw), this.engine);
    if (turn !== this.turn) return;
    this.draw = draw;
    write();
    for (const details of this.section.querySelectorAll("details")) details.open = false;
    this.form.input.value = "";
    this.form.say(
      "new",
      sentence("New values.", "The problem above has changed; so have its hint and solution."),
    );
    this.form.input.focus();
  }
}

/**
 * Makes an exercise answerable.
 *
 * @param onSolved called at each right answer.
 */
export function enhanceExercise(section: HTMLElement, engine: FigureEngine, onSolved: () => void): void {
  new Exercise(section, engine, onSolved);
}
