import { html, type TemplateResult } from "lit";
import type { Desk } from "./desk.ts";

interface SampleActions {
  open(): void;
  save(): void;
}

/** What opens a file: an input with a label, an area to drop it on, and the way back to the sample. */
export function fileControls(desk: Desk, sample: SampleActions): TemplateResult {
  const hear = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    // The same file can be chosen again, when it has changed or after another.
    input.value = "";
    if (files.length > 0) void desk.open(files);
  };
  const { opening, model } = desk;
  return html`<div class="drop-area" data-drop @dragover=${welcome} @dragleave=${goodbye}
      @drop=${(event: DragEvent) => drop(event, desk)}>
      <label class="control control-file">
        <span class="control-label">Your model: a .safetensors or .gguf file</span>
        <input type="file" multiple data-control="file" accept=".safetensors,.gguf,.json" @change=${hear}>
      </label>
      <p class="drop-words">
        or drop it here. <strong>Nothing leaves your machine</strong>: the file is read where it lies, a slice at a time.
        All shards of a model may come together, with their index; <code>config.json</code> and
        <code>tokenizer.json</code> are wanted where a safetensors model shall become GGUF.
      </p>
      <p class="drop-words" ?hidden=${model.isSample}>
        <button type="button" data-action="sample-model" @click=${sample.open}>Back to the sample</button>
      </p>
      <p class="drop-words" ?hidden=${!model.isSample}>
        <button type="button" data-action="save-sample" @click=${sample.save}>Save the sample</button>
      </p>
      <p class="drop-words" role="status" ?hidden=${opening === undefined}>Reading the header of ${opening} …</p>
    </div>
    <p class="instrument-failure" role="alert" data-file-failure ?hidden=${desk.failure === undefined}>${desk.failure ?? ""}</p>`;
}

function area(event: DragEvent): HTMLElement {
  return event.currentTarget as HTMLElement;
}

function welcome(event: DragEvent): void {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
  area(event).dataset.over = "";
}

function goodbye(event: DragEvent): void {
  // Passing over a child is no parting.
  if (!area(event).contains(event.relatedTarget as Node | null)) delete area(event).dataset.over;
}

function drop(event: DragEvent, desk: Desk): void {
  event.preventDefault();
  delete area(event).dataset.over;
  const files = [...(event.dataTransfer?.files ?? [])];
  if (files.length > 0) void desk.open(files);
}
