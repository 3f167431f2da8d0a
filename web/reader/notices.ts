import { element } from "./element.ts";

let shelf: HTMLElement | undefined;

function noticeShelf(): HTMLElement {
  if (shelf === undefined) {
    shelf = element("div", {
      class: "notices",
      role: "region",
      "aria-label": "Notices",
      "aria-live": "polite",
    });
    document.body.append(shelf);
  }
  return shelf;
}

/**
 * Shows a notice that stays until the reader dismisses it or its cause is gone.
 *
 * @param action what the reader may do about it.
 * @returns a function that takes the notice away.
 */
export function showNotice(message: string, action?: { label: string; run: () => void }): () => void {
  const notice = element("div", { class: "notice" }, element("p", {}, message));
  const remove = (): void => notice.remove();
  if (action !== undefined) {
    const button = element("button", { type: "button", class: "primary" }, action.label);
    button.addEventListener("click", action.run);
    notice.append(button);
  }
  const dismiss = element(
    "button",
    { type: "button", class: "quiet" },
    action === undefined ? "Close" : "Later",
  );
  dismiss.addEventListener("click", remove);
  notice.append(dismiss);
  noticeShelf().append(notice);
  return remove;
}
