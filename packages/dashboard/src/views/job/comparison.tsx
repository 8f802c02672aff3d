import type { JobSeries, JobView } from "@tributary/federation";
import { useEffect, useMemo, useState } from "react";
import { useSignedIn } from "../../data/context.js";
import { reasonOf } from "../../data/format.js";
import { Chart } from "../../ui/chart.js";
import { Empty, Problem } from "../../ui/states.js";
import { axisOf, ScaleChoice, valueFormats } from "./learning.js";
import { globalPoints, type Known, pointsOf, type Scale } from "./series.js";

/** Jobs beside this one, at most. */
const MOST = 7;

/** The global models of several jobs in one chart. */
export function Comparison({ job, known }: { readonly job: JobView; readonly known: Known }) {
  const { client, federation } = useSignedIn();
  const others = (federation.jobs ?? []).filter(({ id }) => id !== job.id);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [loaded, setLoaded] = useState<ReadonlyMap<string, JobSeries>>(new Map());
  const [problem, setProblem] = useState<string>();
  const [scale, setScale] = useState<Scale>("rounds");

  useEffect(() => {
    let isGone = false;
    for (const id of chosen)
      client.jobs.series(id).then(
        (found) => isGone || setLoaded((before) => new Map(before).set(id, found)),
        (error: unknown) => isGone || setProblem(reasonOf(error)),
      );
    return () => {
      isGone = true;
    };
  }, [client, chosen]);

  const charts = useMemo(() => {
    const compared = (federation.jobs ?? []).filter(({ id }) => chosen.includes(id) && id !== job.id);
    return (["accuracy", "loss"] as const).map((metric) => ({
      metric,
      lines: [
        { label: `${job.name} (${job.id})`, points: globalPoints(known, metric, scale) },
        ...compared.map(({ id, name }) => {
          const series = loaded.get(id);
          return { label: `${name} (${id})`, points: series === undefined ? [] : pointsOf(series, "", metric, scale) };
        }),
      ],
    }));
  }, [job, known, federation.jobs, chosen, loaded, scale]);

  if (others.length === 0) return <Empty title="There is no other job to compare with" />;
  const toggle = (id: string, isOn: boolean) =>
    setChosen((before) => (isOn ? [...before, id].slice(-MOST) : before.filter((each) => each !== id)));
  return (
    <>
      {problem !== undefined && <Problem>{problem}</Problem>}
      <fieldset className="card">
        <legend>Compare with, {MOST} at most</legend>
        <div className="row">
          {others.slice(0, 50).map(({ id, name }) => (
            <label key={id} className="check">
              <input
                type="checkbox"
                checked={chosen.includes(id)}
                onChange={(event) => toggle(id, event.target.checked)}
              />
              <span>
                {name} <span className="quiet">{id}</span>
              </span>
            </label>
          ))}
        </div>
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
