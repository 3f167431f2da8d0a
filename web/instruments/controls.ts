import { scaleLog } from "d3-scale";
import { html, type TemplateResult } from "lit";
import { Directive, directive, type ElementPart } from "lit/directive.js";
import { engraved } from "./engraved.ts";
import type { Change } from "./instrument.ts";

interface ControlOptions {
  /** Stable name, the `data-control` of the input. */
  name: string;
  label: string;
  disabled?: boolean;
}

/** The parts of an input that the reader changes, and that the state must therefore set anew. */
type Entry = Partial<Pick<HTMLInputElement & HTMLOptionElement, "value" | "checked" | "selected">>;

/**
 * Keeps what an input shows equal to the state, except the number that the reader is typing. At build the attributes
 * say the same.
 */
class ShowEntry extends Directive {
  render(_entry: Entry): void {}

  override update(part: ElementPart, [entry]: [Entry]): void {
    const element = part.element as HTMLInputElement;
    const isTyped = element.type === "number" && element === element.ownerDocument.activeElement;
    if (!isTyped) Object.assign(element, entry);
  }
}

const showEntry = directive(ShowEntry);

interface NumberControlOptions extends ControlOptions {
  value: number;
  minimum: number;
  maximum: number;
  step: number | "any";
  unit?: string;
  change: (value: number) => void;
}

/** A number to type: heard while it is typed as far as it is within bounds, brought within them when it is left. */
export function numberControl(options: NumberControlOptions): TemplateResult {
  return html`<label class="control control-number">
    <span class="control-label">${engraved(options.label)}</span>
    <span class="control-entry">${numberInput(options)}${unitText(options.unit)}</span>
  </label>`;
}

/** What makes controls for the whole numbers of a state: each has the name of its entry. */
export function wholeNumbers<State>(state: State, change: Change<State>) {
  return (name: keyof State & string, label: string, minimum: number, maximum: number): TemplateResult =>
    numberControl({
      name,
      label,
      value: Number(state[name]),
      minimum,
      maximum,
      step: 1,
      change: (value) => change({ [name]: value } as Partial<State>),
    });
}

function numberInput(options: NumberControlOptions): TemplateResult {
  const { name, value, minimum, maximum, step, disabled = false, change } = options;
  const hear = (event: Event) => {
    const typed = (event.target as HTMLInputElement).valueAsNumber;
    if (typed >= minimum && typed <= maximum) change(typed);
  };
  const settle = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const typed = input.valueAsNumber;
    const settled = Number.isNaN(typed) ? value : Math.min(maximum, Math.max(minimum, typed));
    input.value = String(settled);
    change(settled);
  };
  return html`<input type="number" data-control=${name} min=${minimum} max=${maximum} step=${step}
    aria-label=${options.label} inputmode="decimal" autocomplete="off"
    value=${value} ${showEntry({ value: String(value) })} ?disabled=${disabled} @input=${hear} @change=${settle}>`;
}

interface RangeControlOptions extends ControlOptions {
  value: number;
  minimum: number;
  maximum: number;
  step: number;
  /** The value as the reader sees it. */
  text: string;
  change: (value: number) => void;
}

/** A slider with its value in words. */
export function rangeControl(options: RangeControlOptions): TemplateResult {
  return html`<label class="control control-range">
    <span class="control-label">${engraved(options.label)} <span class="control-value">${options.text}</span></span>
    ${rangeInput(options)}
  </label>`;
}

interface PairControlOptions extends RangeControlOptions {
  /** What stands before the slider where the label would say too much. */
  shortLabel?: string;
  /** Whether equal ways of the slider are equal ratios. */
  logarithmic?: boolean;
}

/** One number under two hands: a slider, named `<name>-slider`, and an input to type it. */
export function pairControl(options: PairControlOptions): TemplateResult {
  const { name, label, shortLabel = label, logarithmic = false } = options;
  const slider = { ...options, name: `${name}-slider`, label: `${label}, slider` };
  return html`<div class="control control-pair">
    <span class="control-label">${engraved(shortLabel)}</span>
    ${logarithmic ? logRangeInput(slider) : rangeInput(slider)}
    ${numberInput(options)}
  </div>`;
}

function rangeInput(options: RangeControlOptions): TemplateResult {
  const { name, label, value, minimum, maximum, step, text, disabled = false, change } = options;
  const hear = (event: Event) => change((event.target as HTMLInputElement).valueAsNumber);
  return html`<input type="range" data-control=${name} min=${minimum} max=${maximum} step=${step}
    aria-label=${label} aria-valuetext=${text} value=${value} ${showEntry({ value: String(value) })}
    ?disabled=${disabled} @input=${hear}>`;
}

/** Steps of a logarithmic slider. */
const travel = 400;

function logRangeInput(options: RangeControlOptions): TemplateResult {
  const scale = scaleLog([options.minimum, options.maximum], [0, travel]);
  return rangeInput({
    ...options,
    value: Math.round(scale(options.value)),
    minimum: 0,
    maximum: travel,
    step: 1,
    change: (position) => options.change(Number(scale.invert(position).toPrecision(3))),
  });
}

interface Option {
  value: string;
  text: string;
}

interface OptionGroup {
  label: string;
  options: readonly Option[];
}

interface SelectControlOptions extends ControlOptions {
  value: string;
  options: readonly (Option | OptionGroup)[];
  change: (value: string) => void;
}

/** A list to choose one entry from. */
export function selectControl(options: SelectControlOptions): TemplateResult {
  const { name, label, value, disabled = false, change } = options;
  const hear = (event: Event) => change((event.target as HTMLSelectElement).value);
  return html`<label class="control control-select">
    <span class="control-label">${engraved(label)}</span>
    <select data-control=${name} ?disabled=${disabled} @change=${hear}>
      ${options.options.map((entry) =>
        "options" in entry
          ? html`<optgroup label=${entry.label}>${entry.options.map((option) => optionOf(option, value))}</optgroup>`
          : optionOf(entry, value),
      )}
    </select>
  </label>`;
}

function optionOf({ value, text }: Option, chosen: string): TemplateResult {
  const selected = value === chosen;
  return html`<option value=${value} ?selected=${selected} ${showEntry({ selected })}>${text}</option>`;
}

interface TextControlOptions extends ControlOptions {
  value: string;
  placeholder: string;
  /** Most characters. */
  longest: number;
  change: (value: string) => void;
}

/** A few letters to look for, heard while they are typed. */
export function searchControl(options: TextControlOptions): TemplateResult {
  const { name, label, value, placeholder, longest, disabled = false, change } = options;
  const hear = (event: Event) => change((event.target as HTMLInputElement).value);
  return html`<label class="control control-search">
    <span class="control-label">${engraved(label)}</span>
    <input type="search" data-control=${name} placeholder=${placeholder} maxlength=${longest} autocomplete="off"
      spellcheck="false" value=${value} ${showEntry({ value })} ?disabled=${disabled} @input=${hear}>
  </label>`;
}

interface SwitchControlOptions extends ControlOptions {
  value: boolean;
  change: (value: boolean) => void;
}

/** Something that is on or off. */
export function switchControl(options: SwitchControlOptions): TemplateResult {
  const { name, label, value, disabled = false, change } = options;
  const hear = (event: Event) => change((event.target as HTMLInputElement).checked);
  return html`<label class="control control-switch">
    <input type="checkbox" data-control=${name} ?checked=${value} ${showEntry({ checked: value })} ?disabled=${disabled} @change=${hear}>
    <span class="control-label">${engraved(label)}</span>
  </label>`;
}

interface BitControlOptions extends ControlOptions {
  value: boolean;
  /** What the bit belongs to, for the style sheet, and the sign under it. */
  field: string;
  sign: string;
  change: () => void;
}

/** A bit to turn: its digit, over the sign of its place. */
export function bitControl(options: BitControlOptions): TemplateResult {
  const { name, label, value, field, sign, disabled = false, change } = options;
  return html`<label class="bit bit-${field}">
    <input type="checkbox" class="visually-hidden" data-control=${name} aria-label=${label}
      ?checked=${value} ${showEntry({ checked: value })} ?disabled=${disabled} @change=${change}>
    <span class="bit-digit" aria-hidden="true">${value ? 1 : 0}</span>
    <span class="bit-place" aria-hidden="true">${sign}</span>
  </label>`;
}

function unitText(unit: string | undefined): TemplateResult | string {
  return unit ? html`<span class="control-unit">${unit}</span>` : "";
}
