import { scaleLinear } from "d3-scale";
import { svg } from "lit";
import { formatFigure } from "../figures/format.ts";
import { axisBottom, chart, type Frame, isNarrow, pixel } from "./chart.ts";
import type { Picture } from "./instrument.ts";
import type { State, View } from "./speed_of_light.ts";
import { rateText, shortName } from "./words.ts";

const rowHeight = 26;

/** The ceiling of EQ 7.1 in every format, the chosen one in mint. */
export function ladderPicture({ machine, model, ladder, present }: View, width: number): Picture {
  const narrow = isNarrow(width);
  const frame: Frame = {
    width,
    height: ladder.length * rowHeight + 52,
    left: narrow ? 62 : 72,
    right: narrow ? 122 : 150,
    top: 4,
    bottom: 46,
  };
  const x = scaleLinear(
    [0, Math.max(...ladder.map(({ ceiling }) => ceiling))],
    [frame.left, width - frame.right],
  );
  const description =
    `Decode ceiling of ${model.name} on ${machine.name} by format: ` +
    ladder.map(({ format, ceiling }) => `${shortName(format)} ${rateText(ceiling)}`).join(", ") +
    " tokens per second";
  const rows = ladder.map((rung, index) => {
    const top = frame.top + index * rowHeight;
    const cards = rung.plan.cards;
    return svg`<g class=${rung === present ? "rung-present" : cards > 1 ? "rung-split" : "rung"}>
      <text class="row-label" x=${frame.left - 10} y=${top + 17} text-anchor="end">${shortName(rung.format)}</text>
      <rect class="rung-bar" x=${frame.left} y=${top + 6} width=${pixel(x(rung.ceiling) - frame.left)} height="14"></rect>
      <text class="row-value" x=${width - (narrow ? 62 : 84)} y=${top + 17} text-anchor="end">${rateText(rung.ceiling)}</text>
      <text class="row-note" x=${width} y=${top + 17} text-anchor="end">${formatFigure(cards, "integer")} ${cards === 1 ? "card" : "cards"}</text>
    </g>`;
  });
  return {
    title: `Ceiling by format — ${model.name} on ${machine.name}`,
    description,
    svg: chart(
      frame,
      description,
      svg`${axisBottom(frame, { ticks: x.ticks(narrow ? 3 : 6), position: x, label: (tick) => formatFigure(tick, "count 1"), title: "tokens per second" })}${rows}`,
    ),
  };
}

/** What the second picture shows of a served model. */
interface Served extends Pick<View, "machine" | "contextBytes"> {
  present: Pick<View["present"], "plan" | "weightBytes">;
  state: Pick<State, "context">;
}

/** The memory of the cards: weights in mint, then one cell per context that fits, then what is left. */
export function memoryPicture({ machine, present, contextBytes, state }: Served, width: number): Picture {
  const { plan, weightBytes } = present;
  const narrow = isNarrow(width);
  const head = narrow ? 44 : 28;
  const frame: Frame = { width, height: head + 94, left: 8, right: 12, top: head, bottom: 62 };
  const capacity = plan.cards * machine.memory * 1e9;
  const x = scaleLinear([0, capacity], [frame.left, width - frame.right]);
  const [top, tall] = [frame.top, frame.height - frame.top - frame.bottom];
  const contextWidth = x(contextBytes) - x(0);
  const used = weightBytes + plan.contexts * contextBytes;
  // Cells narrower than this would melt into one surface, which then stands for them.
  const cells = contextWidth >= 3 ? plan.contexts : 0;
  const boundaries =
    plan.cards > 1 && plan.cards <= 64
      ? Array.from({ length: plan.cards - 1 }, (_, card) => (card + 1) * machine.memory * 1e9)
      : [];
  const contexts = `${formatFigure(plan.contexts, "integer")} contexts of ${formatFigure(state.context, "integer")}`;
  const cards = plan.cards === 1 ? "one card" : `${formatFigure(plan.cards, "integer")} cards`;
  const description =
    `Memory of ${cards}: weights ${formatFigure(weightBytes, "bytes 1")}, ` +
    `room for KV cache ${formatFigure(plan.roomBytes, "bytes 1")}, ${contexts} tokens`;
  return {
    title: `Memory of ${cards}`,
    description,
    svg: chart(
      frame,
      description,
      svg`
        <rect class="memory-card" x=${frame.left} y=${top} width=${width - frame.left - frame.right} height=${tall}></rect>
        <rect class="memory-weights" x=${frame.left} y=${top} width=${pixel(x(weightBytes) - frame.left)} height=${tall}></rect>
        <rect class="memory-contexts" x=${pixel(x(weightBytes))} y=${top} width=${pixel(x(used) - x(weightBytes))} height=${tall}></rect>
        <path class="memory-context" d=${Array.from({ length: cells }, (_, index) => {
          const [left, across] = [
            x(weightBytes) + index * contextWidth + 0.5,
            pixel(Math.max(1, contextWidth - 1)),
          ];
          return `M${pixel(left)},${top + 2}h${across}v${tall - 4}h${-across}Z`;
        }).join("")}></path>
        ${boundaries.map((boundary) => svg`<line class="memory-boundary" x1=${pixel(x(boundary))} x2=${pixel(x(boundary))} y1=${top - 4} y2=${top + tall + 4}></line>`)}
        <text class="storey-title survives" x=${frame.left} y="16">WEIGHTS ${formatFigure(weightBytes, "bytes 1")}</text>
        <text class="storey-title" x=${width - frame.right} y=${head - 12} text-anchor="end">KV CACHE ${contexts}</text>
        ${axisBottom(
          { ...frame, bottom: frame.bottom - 8 },
          {
            ticks: x.ticks(narrow ? 3 : 6),
            position: x,
            label: (tick) => formatFigure(tick, "bytes 0"),
            title: "memory",
          },
        )}`,
    ),
  };
}
