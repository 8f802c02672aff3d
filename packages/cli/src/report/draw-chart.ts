import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { bytes, duration } from "../output/format.js";
import type { ChartSeries } from "./chart-series.js";

const formats: Readonly<Record<ChartSeries["unit"], (value: number) => string>> = {
  fraction: (value) => `${Number((100 * value).toFixed(2))} %`,
  loss: (value) => String(Number(value.toPrecision(4))),
  bytes,
  ms: duration,
};

/** Colours that the page's style has for lines. */
const COLOURS = 8;
/** A line with fewer points has a dot at each. */
const FEW = 40;

/** The class of a line's colour. */
export const seriesName = (index: number): string => `series-${index % COLOURS}`;

/** A chart as SVG that needs no script. Its colours are the page's, so that they follow light and dark. */
export function drawChart({ x, unit, lines }: ChartSeries): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const places = lines.flatMap(({ points }) => points.map(([place]) => place));
  const chart = Plot.plot({
    ...{ document, width: 560, height: 260, marginLeft: 62, className: "plot" },
    x: { label: x, ...(x === "Round" && { ticks: roundTicks(places), tickFormat: String }) },
    y: { label: null, grid: true, ticks: 6, tickFormat: formats[unit] },
    marks: lines.flatMap(({ points, isDashed }, index) => {
      const stroke = `var(--${seriesName(index)})`;
      const at = { x: (point: readonly number[]) => point[0], y: (point: readonly number[]) => point[1] };
      return [
        Plot.line(points, { ...at, stroke, ...(isDashed && { strokeDasharray: "4 3" }) }),
        ...(points.length < FEW ? [Plot.dot(points, { ...at, r: 2, fill: stroke })] : []),
      ];
    }),
  });
  document.body.append(chart);
  // The page's policy allows one style, its own.
  document.querySelector("style")?.remove();
  for (const part of document.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  document.querySelector("svg")?.setAttribute("aria-hidden", "true");
  return document.body.innerHTML;
}

/** Whole numbers only: there is no round and a half. */
function roundTicks(rounds: readonly number[]): number[] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const round of rounds) {
    least = Math.min(least, round);
    most = Math.max(most, round);
  }
  const step = Math.max(1, Math.ceil((most - least) / 8));
  return Array.from({ length: Math.floor((most - least) / step) + 1 }, (_, index) => least + index * step);
}
