import { tagHighlighter, tags } from "@lezer/highlight";

/** The classes of highlighted Python, in the static page and in the editor alike; cells.css gives them their colours. */
export const codeHighlighter = tagHighlighter([
  {
    tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword],
    class: "code-keyword",
  },
  { tag: [tags.string, tags.special(tags.string)], class: "code-string" },
  { tag: [tags.number, tags.bool, tags.null], class: "code-number" },
  { tag: tags.comment, class: "code-comment" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], class: "code-call" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.className], class: "code-definition" },
  { tag: [tags.operator, tags.punctuation], class: "code-punctuation" },
]);
