import { html, type TemplateResult } from "lit";
import { formatFigure } from "../../figures/format.ts";
import { selectControl } from "../controls.ts";
import { engraved } from "../engraved.ts";
import type { Change } from "../instrument.ts";
import { errorText, kindName, shortName } from "../words.ts";
import type { State, View } from "../your_weights.ts";
import { csv } from "./csv.ts";
import type { Desk } from "./desk.ts";
import { saveFile } from "./destination.ts";
import { meter } from "./meter.ts";
import {
  type Extent,
  extents,
  type Outcome,
  type Report,
  type ReportRow,
  reportRecords,
  sampleWeights,
  type Total,
  worstFirst,
} from "./report.ts";
import { reportPicture } from "./report_picture.ts";
import { nameText } from "./tensor_list.ts";

/** Tensors that the table of a report lists; all are in the CSV. */
const listed = 20;

/** Measuring all tensors: in which formats, how thoroughly, and what came out. */
export function reportView(view: View, change: Change<State>, width: number, live: boolean): TemplateResult {
  const { desk } = view;
  return html`<div class="panel panel-working" role="group" aria-label="Report by tensor and format">
    <p class="panel-title">Every tensor, every format</p>
    <fieldset class="instrument-controls" ?disabled=${!live}>
      <legend class="visually-hidden">The report</legend>
      ${formatChoice(view, change)}
      <div class="control-row">
        ${selectControl({
          name: "extent",
          label: "Measured on",
          value: view.state.extent,
          options: extents.map((value) => ({ value, text: extentNames[value] })),
          change: (extent) => change({ extent: extent as Extent }),
        })}
        ${startButtons(view)}
      </div>
    </fieldset>
    ${desk.report ? results(desk, desk.report, view, width) : ""}
  </div>`;
}

const extentNames: Record<Extent, string> = {
  sample: `at most ${formatFigure(sampleWeights, "integer")} weights of each`,
  whole: "every weight",
};

function startButtons({ state, desk, formats }: View): TemplateResult {
  const chosen = formats.filter(({ id }) => state.formats.includes(id));
  const running = desk.report?.state === "running";
  return html`<button type="button" class="primary" data-action="measure" ?disabled=${desk.isWorking || chosen.length === 0}
      @click=${() => void desk.measure(chosen, state.extent)}>Measure all tensors</button>
    <button type="button" data-action="cancel-report" ?disabled=${!running} @click=${() => desk.cancel()}>Cancel</button>`;
}

/** The formats by kind, each to be ticked. */
function formatChoice({ state, formats }: View, change: Change<State>): TemplateResult {
  const chosen = new Set(state.formats);
  const kinds = [...new Set(formats.map(({ kind }) => kind))];
  const names = formats.filter(({ id }) => chosen.has(id)).map(shortName);
  const tick = (id: string) => (event: Event) => {
    const next = new Set(chosen);
    if ((event.target as HTMLInputElement).checked) next.add(id);
    else next.delete(id);
    change({ formats: formats.map((format) => format.id).filter((known) => next.has(known)) });
  };
  return html`<details class="instrument-more">
    <summary>Formats: ${names.length === 0 ? "none" : names.join(", ")}</summary>
    <div class="format-kinds">
      ${kinds.map(
        (kind) => html`<div role="group" aria-label=${kindName(kind)} class="format-kind">
          <p class="control-label">${engraved(kindName(kind))}</p>
          ${formats
            .filter((format) => format.kind === kind)
            .map(
              ({ id, name }) => html`<label class="format-tick">
                <input type="checkbox" data-control="report-format" value=${id} ?checked=${chosen.has(id)}
                  .checked=${chosen.has(id)} @change=${tick(id)}> ${name}
              </label>`,
            )}
        </div>`,
      )}
    </div>
  </details>`;
}

function results(desk: Desk, report: Report, view: View, width: number): TemplateResult {
  const { rows, left, tensors, progress, state, failure } = report;
  const picture = rows.length > 0 ? reportPicture(report, view.bound, width) : undefined;
  return html`
    ${meter({
      label: "Tensors measured",
      done: progress.weights,
      of: progress.ofWeights,
      words: `${formatFigure(rows.length, "integer")} of ${formatFigure(tensors.length, "integer")} tensors${stateWords[state]}`,
      name: "report",
    })}
    ${failure === undefined ? "" : html`<p class="instrument-failure" role="alert">${failure}</p>`}
    ${totalsTable(report)}
    ${picture ? html`<div class="picture"><p class="picture-title">${engraved(picture.title)}</p>${picture.svg}</div>` : ""}
    ${rows.length > 0 ? rowsTable(report) : ""}
    <p class="panel-words">
      ${leftWords(report, left.length)} Integer grids share a scale among ${groupWords(report)}.
      ${report.extent === "sample" ? "Where a tensor is larger than its sample, rows spread evenly over it stand for all." : ""}
    </p>
    <div class="instrument-actions" ?hidden=${rows.length === 0}>
      <button type="button" data-action="copy-csv" @click=${(event: Event) => void copy(event, report)}>Copy as CSV</button>
      <button type="button" data-action="save-csv" @click=${() => saveCsv(desk.model.files.name, report)}>Download CSV</button>
    </div>`;
}

const stateWords: Record<Report["state"], string> = {
  running: " …",
  done: ", done",
  cancelled: ", cancelled",
  failed: ", stopped",
};

function leftWords({ formats }: Report, left: number): string {
  if (left === 0 || formats.length === 0) return "";
  const tensors = left === 1 ? "1 tensor stays" : `${formatFigure(left, "integer")} tensors stay`;
  return `${tensors} in floating point, as llama.cpp leaves vectors and norms; the size counts them at 32 bits.`;
}

function groupWords({ formats }: Report): string {
  const sizes = [...new Set(formats.filter(({ grouped }) => grouped).map(({ blockSize }) => blockSize))];
  return sizes.length === 0 ? "nothing here" : `${sizes.join(" or ")} weights`;
}

function totalsTable({ totals, rows }: Report): TemplateResult {
  const caption = "Each format over all tensors measured so far";
  return html`<div class="table-box report-table" tabindex="0" role="region" aria-label=${caption}>
    <table data-report="totals">
      <caption class="visually-hidden">${caption}</caption>
      <thead><tr>
        <th scope="col">Format</th><th scope="col">Bits per weight</th><th scope="col">File</th>
        <th scope="col">RMS error</th><th scope="col">SQNR, dB</th><th scope="col">Worst tensor</th>
      </tr></thead>
      <tbody>${totals.map((total) => totalRow(total, rows.length))}</tbody>
    </table>
  </div>`;
}

function totalRow({ format, error, stored, refused, worst }: Total, measured: number): TemplateResult {
  const figures =
    error === undefined || stored === undefined
      ? html`<td>—</td><td>—</td><td>—</td><td>—</td>`
      : html`<td>${formatFigure(stored.bitsPerWeight, "fixed 3")}</td><td>${formatFigure(stored.bytes, "bytes 1")}</td>
        <td>${errorText(error.rmse)}</td><td>${formatFigure(error.sqnrDb, "fixed 1")}</td>`;
  return html`<tr><th scope="row">${format.name}</th>${figures}
    <td class="report-worst">${
      worst
        ? html`<span class="report-name">${nameText(worst.tensor)}</span> ${formatFigure(worst.error.sqnrDb, "fixed 1")}\u00a0dB`
        : "—"
    }${refused > 0 ? html` <span class="report-refused">${formatFigure(refused, "integer")} of ${formatFigure(measured, "integer")} refused</span>` : ""}</td>
  </tr>`;
}

function rowsTable({ rows, formats, totals }: Report): TemplateResult {
  const caption = "SQNR in dB, those that suffer most first; marked where a tensor is below the whole model";
  return html`<p class="picture-title">${engraved(caption)}</p>
    <div class="table-box report-table" tabindex="0" role="region" aria-label=${caption}>
    <table data-report="tensors">
      <caption class="visually-hidden">${caption}</caption>
      <thead><tr><th scope="col">Tensor</th>${formats.map((format) => html`<th scope="col">${shortName(format)}</th>`)}</tr></thead>
      <tbody>${worstFirst(rows)
        .slice(0, listed)
        .map((row) => tensorRow(row, totals))}</tbody>
    </table>
  </div>
  ${rows.length > listed ? html`<p class="panel-words">The ${listed} worst of ${formatFigure(rows.length, "integer")}; all of them are in the CSV.</p>` : ""}`;
}

function tensorRow({ tensor, outcomes }: ReportRow, totals: readonly Total[]): TemplateResult {
  return html`<tr><th scope="row"><span class="report-name">${nameText(tensor)}</span></th>${totals.map((total, index) => cell(outcomes[index], total))}</tr>`;
}

/** A ratio, marked where it is below that of the whole model: such a tensor drags the others down. */
function cell(outcome: Outcome | undefined, { error }: Total): TemplateResult {
  if (outcome === undefined) return html`<td>…</td>`;
  if ("refusal" in outcome) return html`<td title=${outcome.refusal}>—</td>`;
  const { sqnrDb } = outcome.error;
  return html`<td class=${error && sqnrDb < error.sqnrDb ? "report-poor" : ""}>${formatFigure(sqnrDb, "fixed 1")}</td>`;
}

async function copy(event: Event, report: Report): Promise<void> {
  const button = event.currentTarget as HTMLButtonElement;
  try {
    await navigator.clipboard.writeText(csv(reportRecords(report)));
    button.textContent = "Copied";
  } catch {
    button.textContent = "The browser does not let the page copy";
  }
}

function saveCsv(model: string, report: Report): void {
  saveFile(new File([csv(reportRecords(report))], `${model}-report.csv`, { type: "text/csv" }));
}
