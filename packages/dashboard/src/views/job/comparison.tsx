import type { JobView } from "@tributary/federation";
import { useMemo, useState } from "react";
import { useSignedIn } from "../../data/context.js";
import { Chart } from "../../ui/chart.js";
import { Empty, Problem } from "../../ui/states.js";
import { useComparedSeries } from "./compared-series.js";
import { MOST_LISTED, useJobsNamed } from "./jobs-named.js";
import { axisOf, ScaleChoice, valueFormats } from "./learning.js";
import { globalPoints, type Known, pointsOf, type Scale } from "./series.js";

/** Jobs beside this one, at most. */
const MOST = 7;

/** The global models of several jobs in one chart; those that run go on in it. */
export function Comparison({ job, known }: { readonly job: JobView; readonly known: Known }) {
  const { jobs } = useSignedIn().federation;
  const [chosen, setChosen] = useState<readonly JobView[]>([]);
  const [scale, setScale] = useState<Scale>("rounds");
  // As they are now, where the stream tells of them.
  const compared = useMemo(() => chosen.map((one) => jobs?.find(({ id }) => id === one.id) ?? one), [chosen, jobs]);
  const { series, problem } = useComparedSeries(compared);

  const charts = useMemo(
    () =>
      (["accuracy", "loss"] as const).map((metric) => ({
        metric,
        lines: [
          { label: `${job.name} (${job.id})`, points: globalPoints(known, metric, scale) },
          ...compared.map(({ id, name }) => {
            const found = series.get(id);
            return { label: `${name} (${id})`, points: found === undefined ? [] : pointsOf(found, "", metric, scale) };
          }),
        ],
      })),
    [job, known, compared, series, scale],
  );

  if (jobs?.every(({ id }) => id === job.id)) return <Empty title="There is no other job to compare with" />;
  return (
    <>
      {problem !== undefined && <Problem>{problem}</Problem>}
      <fieldset className="card">
        <legend>Compare with, {MOST} at most</legend>
        <Choice of={job} chosen={compared} onChange={setChosen} />
        <ScaleChoice scale={scale} onChange={setScale} />
      </fieldset>
      <div className="charts">
        {charts.map(({ metric, lines }) => (
          <Chart
            key={metric}
            title={`${metric === "accuracy" ? "Accuracy" : "Loss"} of the global models`}
            lines={lines}
            x={axisOf(scale)}
            format={valueFormats[metric]}
          />
        ))}
      </div>
    </>
  );
}

interface ChoiceProps {
  readonly of: JobView;
  readonly chosen: readonly JobView[];
  readonly onChange: (chosen: readonly JobView[]) => void;
}

/** Which jobs are compared: the chosen ones first, then the newest ones, or those that are called so. */
function Choice({ of, chosen, onChange }: ChoiceProps) {
  const [part, setPart] = useState("");
  const isChosen = ({ id }: JobView): boolean => chosen.some((one) => one.id === id);
  const others = useJobsNamed(part.trim()).filter((job) => job.id !== of.id && !isChosen(job));
  const toggle = (job: JobView, isOn: boolean) =>
    onChange(isOn ? [...chosen, job].slice(-MOST) : chosen.filter(({ id }) => id !== job.id));
  return (
    <>
      <label className="field">
        <span>Jobs by name</span>
        <input value={part} placeholder="part of a name" onChange={({ target }) => setPart(target.value)} />
      </label>
      <div className="row">
        {[...chosen, ...others.slice(0, MOST_LISTED)].map((job) => (
          <label key={job.id} className="check">
            <input type="checkbox" checked={isChosen(job)} onChange={({ target }) => toggle(job, target.checked)} />
            <span>
              {job.name} <span className="quiet">{job.id}</span>
            </span>
          </label>
        ))}
      </div>
      {others.length === 0 && part !== "" && <p role="status">No other job is called that.</p>}
      {others.length > MOST_LISTED && (
        <p className="quiet">The newest {MOST_LISTED} are here. Others are found by their names.</p>
      )}
    </>
  );
}
