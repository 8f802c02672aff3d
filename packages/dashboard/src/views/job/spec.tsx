import { type JobView, specDifferences } from "@tributary/federation";
import { useState } from "react";
import { stringify } from "yaml";
import { useSignedIn } from "../../data/context.js";
import { saveFile } from "../../data/save.js";
import { Differences } from "./differences.js";

/** What the job was made of, and what another has otherwise. */
export function SpecTab({ job }: { readonly job: JobView }) {
  const { jobs = [] } = useSignedIn().federation;
  const [other, setOther] = useState("");
  const text = stringify(job.spec);
  const there = jobs.find(({ id }) => id === other);
  return (
    <div className="columns">
      <section className="card">
        <div className="row between">
          <h2>JobSpec</h2>
          <button type="button" onClick={() => saveFile(`${job.id}.yaml`, text, "application/yaml")}>
            Save as YAML
          </button>
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
        <pre tabIndex={0}>{text}</pre>
      </section>
      <section className="card">
        <h2>Difference from another job</h2>
        <label className="field">
          <span>Other job</span>
          <select value={other} onChange={(event) => setOther(event.target.value)}>
            <option value="">choose one</option>
            {jobs
              .filter(({ id }) => id !== job.id)
              .map(({ id, name }) => (
                <option key={id} value={id}>
                  {name} ({id})
                </option>
              ))}
          </select>
        </label>
        {there !== undefined && <Compared here={job} there={there} />}
      </section>
    </div>
  );
}

function Compared({ here, there }: { readonly here: JobView; readonly there: JobView }) {
  const found = specDifferences(here.spec, there.spec);
  if (found.length === 0) return <p>They are the same.</p>;
  return <Differences label="Differences" found={found} here="This job" there="Other job" />;
}
