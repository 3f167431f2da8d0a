// Loaded as a small blocking script before the stylesheet, so that a remembered theme never flashes the other one.
// It imports nothing, since a classic script cannot: theme.ts writes the same key.
try {
  const remembered = localStorage.getItem("theme");
  if (remembered === '"dark"' || remembered === '"light"') {
    document.documentElement.dataset.theme = remembered.slice(1, -1);
  }
} catch {
  // Storage is closed to this page: the system's preference decides.
}
