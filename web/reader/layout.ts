/** Elements that one step lays out, about: some milliseconds' work. A larger block is a step of its own. */
const portion = 400;

/** The blocks in their order, in portions. */
function portions(blocks: readonly HTMLElement[]): HTMLElement[][] {
  const all: HTMLElement[][] = [];
  let room = 0;
  for (const block of blocks) {
    const size = 1 + block.getElementsByTagName("*").length;
    if (size > room) {
      all.push([]);
      room = portion;
    }
    all.at(-1)?.push(block);
    room -= size;
  }
  return all;
}

/** Lets the blocks be laid out, wherever they stand, with the controls that wait in them (web/instruments/static.ts). */
function release(blocks: readonly HTMLElement[]): void {
  for (const block of blocks) {
    for (const template of block.querySelectorAll<HTMLTemplateElement>("template[data-controls]")) {
      template.replaceWith(template.content);
    }
    block.dataset.layout = "done";
  }
}

/** The blocks of which the reader sees something, kept up to date until the observer is disconnected. */
function watchSight(blocks: readonly HTMLElement[]): {
  inSight: Set<Element>;
  observer: IntersectionObserver;
} {
  const inSight = new Set<Element>();
  const observer = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      if (isIntersecting) inSight.add(target);
      else inSight.delete(target);
    }
  });
  for (const block of blocks) observer.observe(block);
  return { inSight, observer };
}

/** Waits until the page is shown to a reader who arrives within it (before_first_paint.ts). */
export function* untilShown(): Generator<void> {
  while (document.documentElement.dataset.layout === "arriving") yield;
}

/**
 * Lays out, portion by portion, the blocks which before_first_paint.ts has told to wait. Until its turn a block is laid out
 * when it comes near the window, by its style sheet. What the reader sees is released alone, before anything above it:
 * browsers do not hold the reader's place by a block that changes its style in the same step.
 */
export function* layOut(): Generator<void> {
  const root = document.documentElement;
  if (root.dataset.layout !== "waiting") return;
  const blocks = [...document.querySelectorAll<HTMLElement>("main > section > *")];
  const { inSight, observer } = watchSight(blocks);
  yield;
  for (const some of portions(blocks)) {
    const seen = blocks.filter((block) => inSight.has(block) && block.dataset.layout !== "done");
    if (seen.length > 0) {
      release(seen);
      yield;
    }
    release(some);
    yield;
  }
  observer.disconnect();
  delete root.dataset.layout;
  for (const block of blocks) delete block.dataset.layout;
  yield;
}
