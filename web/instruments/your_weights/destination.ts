/** Where an exported file goes as it is made. */
export interface Destination {
  write(chunk: Uint8Array): Promise<void>;
  /** The finished file. */
  finish(): Promise<File>;
  /** Throws away what was written. */
  discard(): Promise<void>;
}

/** Most bytes of a file that is collected in the browser before it is saved; more fails in one browser or another. */
export const mostCollectedBytes = 2 * 10 ** 9;

interface SavePicker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

/** Whether the browser can write a file to disk piece by piece, as large as the disk allows. */
export function writesToDisk(): boolean {
  return "showSaveFilePicker" in globalThis;
}

/**
 * Asks where the file shall go, if the browser can write it there piece by piece; else it is collected and then saved
 * as a download. Must be called from a press of a button. Undefined when the reader thinks better of it.
 */
export async function chooseDestination(name: string): Promise<Destination | undefined> {
  const { showSaveFilePicker } = globalThis as SavePicker;
  if (showSaveFilePicker === undefined) return download(name);
  try {
    return await onDisk(await showSaveFilePicker({ suggestedName: name }));
  } catch (reason) {
    if (reason instanceof DOMException && reason.name === "AbortError") return undefined;
    throw reason;
  }
}

async function onDisk(handle: FileSystemFileHandle): Promise<Destination> {
  const writable = await handle.createWritable();
  return {
    write: (chunk) => writable.write(chunk as Uint8Array<ArrayBuffer>),
    async finish() {
      await writable.close();
      return handle.getFile();
    },
    discard: () => writable.abort(),
  };
}

function download(name: string): Destination {
  // The browser keeps Blobs outside the page's own memory, large ones on disk.
  const pieces: Blob[] = [];
  return {
    async write(chunk) {
      pieces.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
    },
    async finish() {
      const file = new File(pieces, name, { type: "application/octet-stream" });
      saveFile(file);
      return file;
    },
    async discard() {
      pieces.length = 0;
    },
  };
}

/** Hands a file to the browser's downloads. */
export function saveFile(file: File): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  // The download has taken hold of the file by the next minute; the address is then of no more use.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
