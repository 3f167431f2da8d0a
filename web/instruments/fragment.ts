/** A URL fragment taken apart: `#quantizer?format=int3` names the element `quantizer` and spells its state. */
export interface Fragment {
  id: string;
  query: string;
}

/** Takes a fragment apart, with or without its `#`. One that is not well-formed names no element. */
export function parseFragment(hash: string): Fragment {
  const [id = "", ...query] = hash.replace(/^#/, "").split("?");
  try {
    return { id: decodeURIComponent(id), query: query.join("?") };
  } catch {
    return { id: "", query: "" };
  }
}

/** The fragment that names `id` in a state; without a state it is the plain anchor. */
export function writeFragment({ id, query }: Fragment): string {
  return query === "" ? `#${id}` : `#${id}?${query}`;
}

/**
 * Brings the element of a fragment with a state into view whenever the fragment changes: the browser itself would look for
 * an element whose id is the whole fragment.
 */
export function scrollToStates(): void {
  addEventListener("hashchange", () => {
    const { id, query } = parseFragment(location.hash);
    if (query !== "") document.getElementById(id)?.scrollIntoView();
  });
}
