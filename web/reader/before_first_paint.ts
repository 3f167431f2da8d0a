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

// A reader who begins at the top sees one section: the others are laid out in idle moments (layout.ts). Who comes to a
// place of the page, or back to it, needs the height of all that stands above.
const [arrival] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
if (location.hash === "" && arrival?.type === "navigate") {
  document.documentElement.dataset.layout = "waiting";
}
