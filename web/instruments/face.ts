import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { engraved } from "./engraved.ts";
import type { Change, DataTable, Instrument, Picture, Readout, TableOrder } from "./instrument.ts";

/** What a reader can do with a live instrument beside changing its controls. */
export interface Actions {
  reset(): void;
  copyLink(): void;
  pin(): void;
  unpin(): void;
}

export interface Announcement {
  text: string;
  visible: boolean;
}

interface FaceOptions<State extends object, View> {
  instrument: Instrument<State, View>;
  state: State;
  view: View;
  /** The data of the view; in the page it may lag behind while a control is moving. */
  table: DataTable;
  pinned?: View | undefined;
  /** Widths to draw the pictures for: one in the page, two at build, between which the style sheet chooses. */
  widths: readonly number[];
  /** The engine's refusal of the present state. */
  failure?: string | undefined;
  /** What the live region says: the answer to a button, to be seen, or a reading, which is seen already. */
  announcement?: Announcement;
  change: Change<State>;
  /** Absent at build: the controls then wait, disabled, for the page. */
  actions?: Actions;
}

/** Everything inside an instrument, the same at build and in the page: readouts, pictures, controls, data. */
export function face<State extends object, View>(options: FaceOptions<State, View>): TemplateResult {
  const { instrument, state, view, table, pinned, actions, change } = options;
  const { text, visible } = options.announcement ?? { text: "", visible: false };
  const { main, more } = instrument.controls(state, change, view);
  return html`
    ${readoutStrip(instrument.readouts(view), pinned && instrument.readouts(pinned))}
    <fieldset class="instrument-controls" ?disabled=${!actions}>
      <legend class="visually-hidden">Main controls</legend>
      ${main}
    </fieldset>
    <p class="instrument-failure" role="alert" ?hidden=${!options.failure}>${options.failure ?? ""}</p>
    <div class="instrument-pictures" data-pictures>
      ${options.widths.map(
        (width) => html`<div class="pictures" data-width=${options.widths.length > 1 ? width : "live"}>
          ${instrument.pictures(view, { width, change }).map(figure)}
        </div>`,
      )}
    </div>
    ${instrument.notes ? html`<div class="instrument-notes">${instrument.notes(view)}</div>` : ""}
    ${instrument.panels?.(view, change, { width: options.widths[0] ?? 0, live: actions !== undefined }) ?? ""}
    ${table.order ? orderedTable(table, table.order, actions !== undefined) : ""}
    <fieldset class="instrument-controls" ?disabled=${!actions}>
      <legend class="visually-hidden">More controls</legend>
      ${more}
      <div class="instrument-actions">
        ${
          instrument.pins
            ? html`<button type="button" @click=${actions?.pin}>Pin</button>
              <button type="button" ?disabled=${!pinned} @click=${actions?.unpin}>Unpin</button>`
            : ""
        }
        <button type="button" @click=${actions?.reset}>Reset</button>
        <button type="button" @click=${actions?.copyLink}>Copy link to this view</button>
      </div>
    </fieldset>
    ${table.order ? "" : guard([table], () => dataTable(table))}
    <p class=${visible ? "instrument-notice" : "visually-hidden"} role="status" data-announcement>${text}</p>`;
}

function figure({ title, svg }: Picture): TemplateResult {
  return html`<div class="picture"><p class="picture-title">${engraved(title)}</p>${svg}</div>`;
}

/** The readings, engraved; `pinned` are those of an earlier view, in the same order. */
function readoutStrip(readouts: readonly Readout[], pinned?: readonly Readout[]): TemplateResult {
  // An <output> speaks at every change by itself; here one sentence speaks when the hand has come to rest.
  return html`<dl class="instrument-readouts">
    ${readouts.map(
      (readout, index) => html`<div class="readout">
        <dt>${engraved(readout.label)}</dt>
        <dd>
          <output data-readout=${readout.name} aria-live="off">${readout.value}</output>${
            readout.unit ? html` <span class="readout-unit">${readout.unit}</span>` : ""
          }
          ${readout.note ? html`<span class="readout-note">${readout.note}</span>` : ""}
          ${pinned ? html`<span class="readout-pinned" data-pinned=${readout.name}>pinned ${pinned[index]?.value}</span>` : ""}
        </dd>
      </div>`,
    )}
  </dl>`;
}

function dataTable({ caption, columns, rows }: DataTable): TemplateResult {
  return html`<details class="instrument-data">
    <summary>Data as a table</summary>
    <div class="table-box" tabindex="0" role="region" aria-label=${caption}>
      <table>
        <caption>${engraved(caption)}</caption>
        <thead><tr>${columns.map((column) => html`<th scope="col">${engraved(column)}</th>`)}</tr></thead>
        <tbody>${rows.map((row) => html`<tr>${cells(row)}</tr>`)}</tbody>
      </table>
    </div>
  </details>`;
}

/** A table that the buttons in its heads order. A pressed row is marked, which a control offers to everyone. */
function orderedTable(
  { caption, columns, rows }: DataTable,
  order: TableOrder,
  live: boolean,
): TemplateResult {
  return html`<div class="instrument-data instrument-table">
    <div class="table-box" tabindex="0" role="region" aria-label=${caption}>
      <table>
        <caption class="visually-hidden">${caption}</caption>
        <thead><tr>${columns.map((column, index) => orderedHead(column, index, order, live))}</tr></thead>
        <tbody>
          ${rows.map(
            (row, index) =>
              html`<tr aria-current=${index === order.marked || nothing} @click=${() => order.mark(index)}>${cells(row)}</tr>`,
          )}
        </tbody>
      </table>
    </div>
  </div>`;
}

function orderedHead(column: string, index: number, order: TableOrder, live: boolean): TemplateResult {
  const direction = index !== order.column ? "none" : order.descending ? "descending" : "ascending";
  return html`<th scope="col" aria-sort=${direction}>
    <button type="button" ?disabled=${!live} @click=${() => order.sort(index)}>${engraved(column)}</button>
  </th>`;
}

function cells([head, ...values]: readonly string[]): TemplateResult {
  return html`<th scope="row">${head}</th>${values.map((value) => html`<td>${value}</td>`)}`;
}
