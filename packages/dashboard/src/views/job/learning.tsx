import type { JobView, RoundView } from "@tributary/federation";
import { useMemo, useState } from "react";
import { duration, percent, small } from "../../data/format.js";
import { Chart } from "../../ui/chart.js";
import { Empty } from "../../ui/states.js";
import { globalPoints, MOST_WORKERS, type Scale, workerLines } from "./series.js";

export const axisOf = (scale: Scale) =>
  scale === "rounds"
    ? { name: "Round", format: String, isWhole: true }
    : { name: "Time since the start", format: (seconds: number) => duration(1_000 * seconds), isWhole: false };

export const valueFormats = { accuracy: (value: number) => percent(value), loss: small } as const;

/** Accuracy and loss, of the global model and of each worker. */
export function Learning({ job, rounds }: { readonly job: JobView; readonly rounds: readonly RoundView[] }) {
  const [scale, setScale] = useState<Scale>("rounds");
  const [withWorkers, setWithWorkers] = useState(true);
  const charts = useMemo(
    () =>
      (["accuracy", "loss"] as const).map((metric) => ({
        metric,
        lines: [
          { label: "global model", points: globalPoints(job, rounds, metric, scale) },
          ...(withWorkers ? workerLines(job, rounds, metric, scale) : []),
        ],
      })),
    [job, rounds, scale, withWorkers],
  );
  if (rounds.length === 0)
    return (
      <Empty title="No round has begun yet">
        <p>Charts appear with the first one.</p>
      </Empty>
    );
  return (
    <>
      <div className="row">
        <ScaleChoice scale={scale} onChange={setScale} />
        <label className="check">
          <input type="checkbox" checked={withWorkers} onChange={(event) => setWithWorkers(event.target.checked)} />
          <span>Workers’ own updates, {MOST_WORKERS} at most</span>
        </label>
      </div>
      <div className="charts">
        {charts.map(({ metric, lines }) => (
          <Chart
            key={metric}
            title={metric === "accuracy" ? "Accuracy" : "Loss"}
            lines={lines}
            x={axisOf(scale)}
            format={valueFormats[metric]}
          />
        ))}
      </div>
    </>
  );
}

export const ScaleChoice = ({ scale, onChange }: { readonly scale: Scale; readonly onChange: (to: Scale) => void }) => (
  <label className="row">
    <span>Over</span>
    <select value={scale} onChange={(event) => onChange(event.target.value === "time" ? "time" : "rounds")}>
      <option value="rounds">rounds</option>
      <option value="time">wall time</option>
    </select>
  </label>
);
