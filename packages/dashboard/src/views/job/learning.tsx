import type { JobSeries } from "@tributary/federation";
import { useEffect, useMemo, useState } from "react";
import { useSignedIn } from "../../data/context.js";
import { duration, percent, small } from "../../data/format.js";
import { Chart } from "../../ui/chart.js";
import { Empty } from "../../ui/states.js";
import { globalPoints, type Known, MOST_WORKERS, type Scale, workerLines } from "./series.js";

/** Points of a worker's line. */
const WORKER_POINTS = 200;

export const axisOf = (scale: Scale) =>
  scale === "rounds"
    ? { name: "Round", format: String, isWhole: true }
    : { name: "Time since the start", format: (seconds: number) => duration(1_000 * seconds), isWhole: false };

export const valueFormats = { accuracy: (value: number) => percent(value), loss: small } as const;

/** Accuracy and loss, of the global model and of each worker. */
export function Learning({ id, known }: { readonly id: string; readonly known: Known }) {
  const { client } = useSignedIn();
  const { series, rounds } = known;
  const [own, setOwn] = useState<JobSeries>();
  const [scale, setScale] = useState<Scale>("rounds");
  const [withWorkers, setWithWorkers] = useState(true);
  const { through } = series;
  // The workers' lines come after the global ones: there are many more rows to read for them.
  useEffect(() => {
    if (!withWorkers || through === 0) return;
    let isGone = false;
    client.jobs.series(id, { points: WORKER_POINTS, workers: MOST_WORKERS }).then(
      (found) => isGone || setOwn(found),
      // The global model is shown all the same.
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [client, id, withWorkers, through]);
  const charts = useMemo(
    () =>
      (["accuracy", "loss"] as const).map((metric) => ({
        metric,
        lines: [
          { label: "global model", points: globalPoints(known, metric, scale) },
          ...(withWorkers ? workerLines({ ...known, series: own ?? known.series }, metric, scale) : []),
        ],
      })),
    [known, own, scale, withWorkers],
  );
  if (rounds.length === 0 && through === 0)
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
