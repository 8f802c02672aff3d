import * as Tabs from "@radix-ui/react-tabs";
import { TributaryError } from "@tributary/protocol";
import { lazy, type ReactNode, Suspense } from "react";
import { useSignedIn } from "../../data/context.js";
import { bytes, clock, duration, percent, reasonOf } from "../../data/format.js";
import { useJob } from "../../data/job-feed.js";
import { timeLeft } from "../../data/job-progress.js";
import { linkTo } from "../../data/route.js";
import { Empty, Loading, Problem } from "../../ui/states.js";
import { Fact } from "../federation.js";
import { JobActions } from "../job-actions.js";
import { JobProgress, JobState } from "../jobs.js";
import { Comparison } from "./comparison.js";
import { Confusion } from "./confusion.js";
import { Labels } from "./labels.js";
import { Learning } from "./learning.js";
import { Logs } from "./logs.js";
import { Rounds } from "./rounds.js";
import { beyond } from "./series.js";
import { SpecTab } from "./spec.js";
import { Versions } from "./versions.js";

const Change = lazy(() => import("./change.js"));

/** One job: how it learns, what its rounds cost, what it is made of. */
export default function JobPage({ id }: { readonly id: string }) {
  const { client } = useSignedIn();
  const { job, series, rounds, logsAt, error } = useJob(client, id);
  if (error instanceof TributaryError && error.code === "not_found")
    return (
      <Empty title="There is no such job">
        <p>
          <a href={linkTo.jobs}>See all jobs</a>
        </p>
      </Empty>
    );
  if (error !== undefined) return <Problem>{reasonOf(error)}</Problem>;
  if (job === undefined || series === undefined) return <Loading what="the job" />;

  const left = timeLeft(job);
  const known = { job, series, rounds };
  const down = beyond(known).reduce((sum, round) => sum + round.bytesDown, series.bytesDown);
  const up = beyond(known).reduce((sum, round) => sum + round.bytesUp, series.bytesUp);
  const tabs: Record<string, ReactNode> = {
    Learning: <Learning id={id} known={known} />,
    Rounds: <Rounds job={job} newest={rounds} />,
    Logs: <Logs job={id} changed={logsAt} />,
    Confusion: <Confusion job={id} rounds={rounds} />,
    Labels: <Labels job={job} />,
    Versions: <Versions job={job} />,
    JobSpec: <SpecTab job={job} />,
    Change: <Change job={job} />,
    Compare: <Comparison job={job} known={known} />,
  };
  return (
    <>
      <div className="row between">
        <h1>{job.name}</h1>
        <div className="row">
          <a href={linkTo.audit(id)}>What happened in it</a>
          <JobActions job={job} />
        </div>
      </div>
      <dl className="facts">
        <Fact name="State">
          <JobState job={job} />
        </Fact>
        <Fact name="Progress">
          <JobProgress job={job} />
        </Fact>
        <Fact name="Accuracy, latest · best">
          {percent(job.accuracy)} · {percent(job.bestAccuracy)}
        </Fact>
        <Fact name={job.finishedAt === null ? "Time left" : "Finished"}>
          {job.finishedAt !== null ? clock(job.finishedAt) : left === undefined ? "–" : duration(left)}
        </Fact>
        <Fact name="Bytes down · up">
          {bytes(down)} · {bytes(up)}
        </Fact>
      </dl>
      <Tabs.Root defaultValue="Learning">
        <Tabs.List className="tabs" aria-label="Parts of the job">
          {Object.keys(tabs).map((name) => (
            <Tabs.Trigger key={name} value={name}>
              {name}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {Object.entries(tabs).map(([name, content]) => (
          <Tabs.Content key={name} value={name}>
            <Suspense fallback={<Loading what="this part" />}>{content}</Suspense>
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </>
  );
}
