import { element } from "./element.ts";
import { type KeyedStorage, remember } from "./storage.ts";

type Theme = "dark" | "light";

/** Read by before_first_paint.ts too, before the first paint. */
const key = "theme";

/**
 * Adds the button that switches between the dark and the light theme. A choice is remembered only where it differs
 * from the system's preference; otherwise the system decides again.
 */
export function addThemeButton(tools: HTMLElement, storage: KeyedStorage): void {
  const systemIsLight = matchMedia("(prefers-color-scheme: light)");
  const root = document.documentElement;
  const button = element("button", { type: "button", "data-control": "theme" });

  const systemTheme = (): Theme => (systemIsLight.matches ? "light" : "dark");
  const presentTheme = (): Theme => {
    const chosen = root.dataset.theme;
    return chosen === "dark" || chosen === "light" ? chosen : systemTheme();
  };
  const show = (): void => {
    const other: Theme = presentTheme() === "dark" ? "light" : "dark";
    button.textContent = other;
    button.setAttribute("aria-label", `Switch to the ${other} theme`);
  };

  button.addEventListener("click", () => {
    const next: Theme = presentTheme() === "dark" ? "light" : "dark";
    if (next === systemTheme()) {
      delete root.dataset.theme;
      storage.removeItem(key);
    } else {
      root.dataset.theme = next;
      remember(storage, key, next);
    }
    show();
  });
  systemIsLight.addEventListener("change", show);
  tools.append(button);
  show();
}
