import { html, type TemplateResult } from "lit";
import type { FormatInfo, TensorOptions } from "../../bindings/engine.ts";
import { selectControl } from "./controls.ts";
import { choiceField } from "./state.ts";

/** What the caller of some formats chooses beside their scales. */
export interface FormatChoices {
  /** How a microscaling block rounds its scale to a power of two. */
  rule: NonNullable<TensorOptions["scaleRule"]>;
  /** What becomes of a number beyond the largest of a small float. */
  overflow: NonNullable<TensorOptions["overflow"]>;
}

/** The fields of an instrument's state that hold them. */
export const formatChoiceFields = {
  rule: choiceField<FormatChoices["rule"]>("floor", ["floor", "ceil"]),
  overflow: choiceField<FormatChoices["overflow"]>("saturate", ["saturate", "ieee"]),
};

/** Whether the scales of a format are powers of two, so that a rule says which way they are rounded. */
export function roundsToPowers({ kind, id }: FormatInfo): boolean {
  return kind === "microscaling" && id.startsWith("mx");
}

/** Whether a format has codes for infinity or NaN, so that a rule says when they are used. */
export function overflows({ kind, id }: FormatInfo): boolean {
  return kind === "float" && id.startsWith("fp8");
}

/** The controls of what means something to a format. */
export function formatChoiceControls(
  format: FormatInfo,
  { rule, overflow }: FormatChoices,
  change: (choices: Partial<FormatChoices>) => void,
): TemplateResult {
  return html`${
    roundsToPowers(format)
      ? selectControl({
          name: "scale-rule",
          label: "Scale rounded",
          value: rule,
          options: [
            { value: "floor", text: "down (OCP)" },
            { value: "ceil", text: "up" },
          ],
          change: (chosen) => change({ rule: chosen as FormatChoices["rule"] }),
        })
      : ""
  }${
    overflows(format)
      ? selectControl({
          name: "overflow",
          label: "Beyond the largest",
          value: overflow,
          options: [
            { value: "saturate", text: "saturates" },
            { value: "ieee", text: "infinity or NaN" },
          ],
          change: (chosen) => change({ overflow: chosen as FormatChoices["overflow"] }),
        })
      : ""
  }`;
}
