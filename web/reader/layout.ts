/**
 * The tasks that lay out the sections which before_first_paint.ts has told to wait, one each. Until its turn a section is
 * laid out when it comes near the window, by its style sheet.
 */
export function layoutTasks(): (() => void)[] {
  const root = document.documentElement;
  if (root.dataset.layout !== "waiting") return [];
  const sections = [...document.querySelectorAll<HTMLElement>(".section")];
  return [
    ...sections.map((section) => () => {
      section.dataset.layout = "done";
    }),
    () => {
      delete root.dataset.layout;
      for (const section of sections) delete section.dataset.layout;
    },
  ];
}
