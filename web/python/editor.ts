import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { codeHighlighter } from "./code_style.ts";

export interface EditorOptions {
  source: string;
  /** The editor's accessible name. */
  label: string;
  /** Id of the text that explains its keys. */
  describedBy: string;
  changed(source: string): void;
}

export interface Editor {
  replace(source: string): void;
  focus(): void;
}

/**
 * CodeMirror in the place of the static source. Tab indents; Escape and then Tab leaves, which is CodeMirror's own rule.
 */
export function createEditor(parent: HTMLElement, options: EditorOptions): Editor {
  const state = EditorState.create({
    doc: options.source,
    extensions: [
      lineNumbers(),
      history(),
      indentOnInput(),
      indentUnit.of("    "),
      bracketMatching(),
      closeBrackets(),
      pythonLanguage,
      syntaxHighlighting(codeHighlighter),
      keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
      EditorView.contentAttributes.of({
        "aria-label": options.label,
        "aria-describedby": options.describedBy,
        tabindex: "0",
      }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) options.changed(update.state.doc.toString());
      }),
    ],
  });
  parent.replaceChildren();
  const view = new EditorView({ state, parent });
  view.scrollDOM.tabIndex = -1;
  return {
    replace: (source) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: source } }),
    focus: () => view.focus(),
  };
}
