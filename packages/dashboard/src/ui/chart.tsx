import { downsample, type Point } from "@tributary/federation";
import { useEffect, useRef, useState } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useColours } from "../data/scheme.js";
import { Table } from "./states.js";

export interface Line {
  readonly label: string;
  /** Sorted by x. */
  readonly points: readonly Point[];
  readonly isDashed?: boolean;
}

interface ChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly x: { readonly name: string; readonly format: (x: number) => string; readonly isWhole: boolean };
  readonly format: (y: number) => string;
}

const COLOURS = 8;
const HEIGHT = 260;
/** Between two marks of an axis of whole numbers. */
const WHOLE_STEPS = [1, 2, 5]
  .flatMap((digit) => [0, 1, 2, 3, 4, 5].map((power) => digit * 10 ** power))
  .sort((a, b) => a - b);
/** Rows of the table beside a chart, at most: the last ones. */
const ROWS = 200;

const colourOf = (index: number): string => `var(--series-${index % COLOURS})`;

/** Lines over rounds or time, with a legend and, for those who do not see it, a table. */
export function Chart({ title, lines, x, format }: ChartProps) {
  const filled = lines.filter(({ points }) => points.length > 0);
  return (
    <figure className="card" aria-label={title}>
      <h3>{title}</h3>
      {filled.length === 0 ? (
        <p className="quiet">Nothing to show yet.</p>
      ) : (
        <>
          <Canvas lines={filled} x={x} format={format} />
          <ul className="legend">
            {filled.map(({ label }, index) => (
              <li key={label}>
                <i style={{ background: colourOf(index) }} /> {label}
              </li>
            ))}
          </ul>
          <AsTable title={title} lines={filled} x={x} format={format} />
        </>
      )}
    </figure>
  );
}

function Canvas({ lines, x, format }: Omit<ChartProps, "title">) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const [width, setWidth] = useState(0);
  const colours = useColours();
  const names = JSON.stringify(lines.map(({ label, isDashed }) => [label, isDashed]));

  useEffect(() => {
    if (place.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew when its lines, its width or the colours change
  useEffect(() => {
    if (place.current === null || width === 0) return;
    plot.current = new UPlot(optionsOf(place.current, width, lines, x, format), dataOf(lines, width), place.current);
    return () => {
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [names, width, colours, x.name]);

  useEffect(() => {
    if (width > 0) plot.current?.setData(dataOf(lines, width));
  }, [lines, width]);

  return <div className="chart" ref={place} aria-hidden="true" />;
}

function optionsOf(
  place: Element,
  width: number,
  lines: readonly Line[],
  x: ChartProps["x"],
  format: ChartProps["format"],
): UPlot.Options {
  const style = getComputedStyle(place);
  // A canvas knows no `light-dark()`: an element of that colour tells what it is now.
  const probe = place.appendChild(document.createElement("i"));
  const shown = (colour: string): string => {
    probe.style.color = colour;
    return getComputedStyle(probe).color;
  };
  const axis = {
    stroke: shown("var(--quiet)"),
    grid: { stroke: shown("var(--line)"), width: 1 },
    font: `12px ${style.fontFamily}`,
  };
  const options: UPlot.Options = {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: true, y: false } },
    scales: { x: { time: false } },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map(x.format), ...(x.isWhole && { incrs: WHOLE_STEPS }) },
      { ...axis, size: 70, values: (_, ticks) => ticks.map(format) },
    ],
    series: [
      {},
      ...lines.map(
        ({ label, isDashed }, index): UPlot.Series => ({
          label,
          stroke: shown(colourOf(index)),
          width: 2,
          spanGaps: true,
          ...(isDashed && { dash: [6, 4] }),
        }),
      ),
    ],
  };
  probe.remove();
  return options;
}

/** The lines over all of their x together; null where one has no point. */
function dataOf(lines: readonly Line[], width: number): UPlot.AlignedData {
  const tables = lines.map(({ points }): UPlot.AlignedData => {
    const fewer = downsample(points, width);
    return [fewer.map(([at]) => at), fewer.map(([, value]) => value)];
  });
  return UPlot.join(tables);
}

function AsTable({ title, lines, x, format }: ChartProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>Show as a table</summary>
      {isOpen && <Values title={title} lines={lines} x={x} format={format} />}
    </details>
  );
}

function Values({ title, lines, x, format }: ChartProps) {
  const columns = lines.map(({ points }) => new Map(points));
  const all = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b);
  return (
    <>
      {all.length > ROWS && <p className="quiet">The last {ROWS} rows.</p>}
      <Table label={`${title} as a table`}>
        <thead>
          <tr>
            <th scope="col">{x.name}</th>
            {lines.map(({ label }) => (
              <th key={label} scope="col" className="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {all.slice(-ROWS).map((at) => (
            <tr key={at}>
              <th scope="row">{x.format(at)}</th>
              {columns.map((column, index) => {
                const value = column.get(at);
                return (
                  <td key={lines[index]?.label} className="number">
                    {value === undefined ? "–" : format(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </Table>
    </>
  );
}
