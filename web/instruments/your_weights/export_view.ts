import { html, type TemplateResult } from "lit";
import { formatFigure } from "../../figures/format.ts";
import { selectControl } from "../controls.ts";
import type { Change } from "../instrument.ts";
import { formatOptions } from "../words.ts";
import type { State, View } from "../your_weights.ts";
import type { Desk, Export, Plan } from "./desk.ts";
import { chooseDestination, mostCollectedBytes, writesToDisk } from "./destination.ts";
import { exportChoice, exportName, storedTypes } from "./export_choice.ts";
import { meter } from "./meter.ts";

/** Notes of a plan that are shown; a model of many layers repeats itself. */
const shownNotes = 6;

/** Taking the quantized model away: into which file, how large it will be, and where it goes. */
export function exportView(view: View, change: Change<State>, live: boolean): TemplateResult {
  const { desk, plan } = view;
  return html`<div class="panel panel-working" role="group" aria-label="Export">
    <p class="panel-title">Take it away</p>
    <fieldset class="instrument-controls" ?disabled=${!live}>
      <legend class="visually-hidden">The file to make</legend>
      <div class="control-row">${choices(view, change)}</div>
      <div data-plan>${planWords(plan, view)}</div>
      <div class="control-row">
        <button type="button" class="primary" data-action="export" @click=${() => void start(view)}
          ?disabled=${desk.isWorking || plan === undefined || "refusal" in plan}>Export</button>
        <button type="button" data-action="cancel-export" ?disabled=${desk.export?.state !== "running"}
          @click=${() => desk.cancel()}>Cancel</button>
      </div>
    </fieldset>
    ${desk.export ? progress(desk, desk.export) : ""}
  </div>`;
}

function choices({ state, formats, mixtures }: View, change: Change<State>): TemplateResult {
  const container = selectControl({
    name: "container",
    label: "File",
    value: state.container,
    options: [
      { value: "gguf", text: "GGUF, for llama.cpp" },
      { value: "safetensors", text: "safetensors, weights as they became" },
    ],
    change: (to) => change({ container: to as State["container"] }),
  });
  if (state.container === "gguf") {
    const ggml = formats.filter(({ kind }) => kind === "ggml");
    return html`${container}${selectControl({
      name: "mixture",
      label: "Types",
      value: state.mixture,
      options: [
        { label: "Mixtures", options: mixtures.map(({ id }) => ({ value: id, text: id.toUpperCase() })) },
        { label: "One type", options: ggml.map(({ id, name }) => ({ value: id, text: name })) },
      ],
      change: (mixture) => change({ mixture }),
    })}`;
  }
  return html`${container}
    ${selectControl({
      name: "export-format",
      label: "Format",
      value: state.exportFormat,
      options: formatOptions(formats),
      change: (exportFormat) => change({ exportFormat }),
    })}
    ${selectControl({
      name: "stored-type",
      label: "Stored as",
      value: state.storedType,
      options: storedTypes.map((value) => ({ value, text: value })),
      change: (storedType) => change({ storedType: storedType as State["storedType"] }),
    })}`;
}

function planWords(plan: Plan | undefined, { state, desk }: View): TemplateResult {
  if (plan === undefined) return html`<p class="panel-words">Planning the file …</p>`;
  if ("refusal" in plan)
    return html`<p class="panel-words panel-refusal">Not from this file: ${plan.refusal}</p>`;
  const { byteLength, tensors, notes } = plan.plan;
  const more = notes.length - shownNotes;
  return html`<p class="panel-words">
      <strong>${exportName(desk.model.files.name, state)}</strong> will have
      <output data-readout="export-size" aria-live="off">${formatFigure(byteLength, "bytes 1")}</output> in
      ${formatFigure(tensors.length, "integer")} tensors. ${
        writesToDisk()
          ? "It is written to disk piece by piece."
          : `This browser collects the file before it saves it, up to ${formatFigure(mostCollectedBytes, "bytes 0")}.`
      }
    </p>
    ${
      notes.length === 0
        ? ""
        : html`<ul class="panel-notes">${notes.slice(0, shownNotes).map((note) => html`<li>${note}</li>`)}${
            more > 0 ? html`<li>${formatFigure(more, "integer")} more of the kind.</li>` : ""
          }</ul>`
    }`;
}

async function start({ desk, state, formats }: View): Promise<void> {
  const name = exportName(desk.model.files.name, state);
  const destination = await chooseDestination(name);
  if (destination) await desk.quantize(name, exportChoice(state, formats), destination);
}

function progress(desk: Desk, job: Export): TemplateResult {
  const { name, tensor, bytesWritten, byteLength, state, failure, file } = job;
  const words = {
    running: `${formatFigure(bytesWritten, "bytes 1")} of ${formatFigure(byteLength, "bytes 1")} · ${tensor}`,
    done: `${name} is saved, ${formatFigure(byteLength, "bytes 1")}`,
    cancelled: "Cancelled; nothing was kept.",
    failed: "Stopped; nothing was kept.",
  };
  return html`${meter({ label: "Bytes written", done: bytesWritten, of: byteLength, words: words[state], name: "export" })}
    ${failure === undefined ? "" : html`<p class="instrument-failure" role="alert">${failure}</p>`}
    ${
      file === undefined
        ? ""
        : html`<p><button type="button" data-action="open-result" @click=${() => void desk.open([file])}>Open the result</button></p>`
    }`;
}
