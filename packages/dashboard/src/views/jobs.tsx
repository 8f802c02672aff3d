import type { JobView } from "@tributary/federation";
import { useState } from "react";
import { useSignedIn } from "../data/context.js";
import { clock, duration, percent, reasonOf } from "../data/format.js";
import { doneFraction, timeLeft } from "../data/job-progress.js";
import { linkTo } from "../data/route.js";
import { Pages } from "../ui/pages.js";
import { Badge, Empty, Loading, Meter, Problem, Table } from "../ui/states.js";
import { JobActions } from "./job-actions.js";

/** All jobs, the newest first. */
export function JobsView() {
  const { jobs } = useSignedIn().federation;
  if (jobs === undefined) return <Loading what="the jobs" />;
  return (
    <>
      <div className="row between">
        <h1>Jobs</h1>
        <a className="button primary" href={linkTo.newJob()}>
          New job
        </a>
      </div>
      {jobs.length === 0 ? (
        <Empty title="No job yet">
          <p>
            <a href={linkTo.newJob()}>Make one here</a>, or with <code>tributary job submit FILE</code>.
          </p>
        </Empty>
      ) : (
        <Pages rows={jobs} what="jobs">
          {(shown) => (
            <Table label="Jobs">
              <thead>
                <tr>
                  <th scope="col">Job</th>
                  <th scope="col">State</th>
                  <th scope="col">Progress</th>
                  <th scope="col" className="number">
                    Latest accuracy
                  </th>
                  <th scope="col" className="number">
                    Best
                  </th>
                  <th scope="col">Time left</th>
                  <th scope="col">Submitted</th>
                  <th scope="col">Actions</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((job) => (
                  <JobRow key={job.id} job={job} />
                ))}
              </tbody>
            </Table>
          )}
        </Pages>
      )}
      <OlderJobs />
    </>
  );
}

/** Reads the jobs before those that the stream tells of. Nothing where there are none. */
function OlderJobs() {
  const { hasMore, read } = useSignedIn().federation.older;
  const [isReading, setIsReading] = useState(false);
  const [problem, setProblem] = useState<string>();
  if (!hasMore) return null;
  const readMore = async () => {
    setIsReading(true);
    setProblem(undefined);
    try {
      await read();
    } catch (error) {
      setProblem(reasonOf(error));
    } finally {
      setIsReading(false);
    }
  };
  return (
    <>
      {problem !== undefined && <Problem>{problem}</Problem>}
      <p>
        <button type="button" disabled={isReading} onClick={readMore}>
          Older jobs
        </button>
      </p>
    </>
  );
}

function JobRow({ job }: { readonly job: JobView }) {
  const left = timeLeft(job);
  return (
    <tr>
      <th scope="row">
        <a href={linkTo.job(job.id)}>{job.name}</a>
        <div className="quiet">
          {typeof job.spec.model === "string" ? job.spec.model : "own network"} · {job.spec.dataset} ·{" "}
          {job.spec.strategy.kind}
        </div>
      </th>
      <td>
        <JobState job={job} />
      </td>
      <td>
        <JobProgress job={job} />
      </td>
      <td className="number">{percent(job.accuracy)}</td>
      <td className="number">{percent(job.bestAccuracy)}</td>
      <td>{left === undefined ? "–" : duration(left)}</td>
      <td>
        <time dateTime={job.submittedAt}>{clock(job.submittedAt)}</time>
      </td>
      <td>
        <JobActions job={job} />
      </td>
    </tr>
  );
}

/** What a job reached that made it complete. */
const reached: Readonly<Record<string, string>> = {
  rounds: "all rounds are done",
  accuracy: "reached its accuracy",
  loss: "reached its loss",
  patience: "no longer got better",
  wallClock: "its time is up",
  budgetBytes: "its bytes are used up",
};

/** The state of a job, with what it does or waits for. */
export function JobState({ job: { status, phase, reason, waitingFor } }: { readonly job: JobView }) {
  const detail =
    waitingFor !== null
      ? `waits for ${waitingFor.needed} workers, ${waitingFor.able} are there`
      : (phase ?? reached[reason ?? ""] ?? reason);
  return (
    <>
      <Badge kind={status}>{status}</Badge> {detail !== null && <div className="quiet detail">{detail}</div>}
    </>
  );
}

export const JobProgress = ({ job }: { readonly job: JobView }) => (
  <div className="progress">
    <Meter value={doneFraction(job)} label={`Progress of ${job.name}`} />
    <span className="quiet">
      {job.model?.round ?? 0} of {job.spec.rounds} rounds
    </span>
  </div>
);
