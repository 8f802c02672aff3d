import { useMemo, useState } from "react";
import { duration, percent, small } from "../../data/format.js";
import { Chart } from "../../ui/chart.js";
import { PageButtons } from "../../ui/pages.js";
import { Empty } from "../../ui/states.js";
import { useOwnUpdates, type WorkerFilter } from "./own-updates.js";
import { globalPoints, type Known, MOST_WORKERS, type Scale, workerLines } from "./series.js";

export const axisOf = (scale: Scale) =>
  scale === "rounds"
    ? { name: "Round", format: String, isWhole: true }
    : { name: "Time since the start", format: (seconds: number) => duration(1_000 * seconds), isWhole: false };

export const valueFormats = { accuracy: (value: number) => percent(value), loss: small } as const;

const everyone: WorkerFilter = { part: "", order: "name" };

/** Accuracy and loss, of the global model and of a few workers. */
export function Learning({ id, known }: { readonly id: string; readonly known: Known }) {
  const [scale, setScale] = useState<Scale>("rounds");
  const [withWorkers, setWithWorkers] = useState(true);
  const [filter, setFilter] = useState(everyone);
  const own = useOwnUpdates(id, known, filter, withWorkers);
  const { page } = own;
  const key = page.shown.join(",");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the names
  const charts = useMemo(
    () =>
      (["accuracy", "loss"] as const).map((metric) => ({
        metric,
        lines: [
          { label: "global model", points: globalPoints(known, metric, scale) },
          ...(withWorkers ? workerLines(own.known, metric, scale, page.shown) : []),
        ],
      })),
    [known, own.known, scale, withWorkers, key],
  );
  if (known.rounds.length === 0 && known.series.through === 0)
    return (
      <Empty title="No round has begun yet">
        <p>Charts appear with the first one.</p>
      </Empty>
    );
  const hasChoice = page.of > MOST_WORKERS || filter !== everyone;
  return (
    <>
      <div className="row">
        <ScaleChoice scale={scale} onChange={setScale} />
        <label className="check">
          <input type="checkbox" checked={withWorkers} onChange={(event) => setWithWorkers(event.target.checked)} />
          <span>Workers’ own updates, {MOST_WORKERS} at a time</span>
        </label>
      </div>
      {withWorkers && hasChoice && (
        <WorkerChoice
          filter={filter}
          onChange={(next) => {
            setFilter(next);
            page.toFirst();
          }}
        />
      )}
      {withWorkers && page.of === 0 && filter.part !== "" && <p role="status">No worker is called that.</p>}
      {withWorkers && <PageButtons page={page} what="workers" />}
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

interface WorkerChoiceProps {
  readonly filter: WorkerFilter;
  readonly onChange: (next: WorkerFilter) => void;
}

const WorkerChoice = ({ filter, onChange }: WorkerChoiceProps) => (
  <div className="filters narrow">
    <label className="field">
      <span>Workers</span>
      <input
        value={filter.part}
        placeholder="parts of names, with commas"
        onChange={({ target }) => onChange({ ...filter, part: target.value })}
      />
    </label>
    <label className="field">
      <span>In the order of</span>
      <select
        value={filter.order}
        onChange={({ target }) => onChange({ ...filter, order: target.value === "worst" ? "worst" : "name" })}
      >
        <option value="name">their names</option>
        <option value="worst">their last losses, the worst first</option>
      </select>
    </label>
  </div>
);

export const ScaleChoice = ({ scale, onChange }: { readonly scale: Scale; readonly onChange: (to: Scale) => void }) => (
  <label className="row">
    <span>Over</span>
    <select value={scale} onChange={(event) => onChange(event.target.value === "time" ? "time" : "rounds")}>
      <option value="rounds">rounds</option>
      <option value="time">wall time</option>
    </select>
  </label>
);
