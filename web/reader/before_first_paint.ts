// Loaded as a small blocking script before the stylesheet: what the first picture depends on. It imports nothing, since a
// classic script cannot.

// A remembered theme must never flash the other one; theme.ts writes the same key.
try {
  const remembered = localStorage.getItem("theme");
  if (remembered === '"dark"' || remembered === '"light"') {
    document.documentElement.dataset.theme = remembered.slice(1, -1);
  }
} catch {
  // Storage is closed to this page: the system's preference decides.
}

// Where the window has no room for them the contents wait behind a button (contents.ts), which comes with the page's
// module: shown first and then hidden, they would move the text.
if ("noModule" in HTMLScriptElement.prototype) document.documentElement.dataset.scripts = "";

// A reader who begins at the top sees a few blocks: the others are laid out in idle moments (layout.ts). Who comes to a
// place of the page, or back to it, needs the height of all that stands above.
const [arrival] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
if (location.hash === "" && arrival?.type === "navigate") {
  document.documentElement.dataset.layout = "waiting";
} else {
  // Controls of instruments wait in templates, and take their room in this height as well. The parser still fills the last.
  const unpack = () => {
    for (const template of document.querySelectorAll<HTMLTemplateElement>("template[data-controls]")) {
      if (template.nextSibling || document.readyState !== "loading") template.replaceWith(template.content);
    }
  };
  const observer = new MutationObserver(unpack);
  observer.observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", () => {
    observer.disconnect();
    unpack();
  });
}
