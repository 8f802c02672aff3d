import { isOver, type JobView } from "@tributary/federation";
import { useState } from "react";
import { useSignedIn } from "../data/context.js";
import { reasonOf } from "../data/format.js";
import { linkTo } from "../data/route.js";
import { Confirm } from "../ui/confirm.js";
import { Problem } from "../ui/states.js";

/** What may be done with a job in its present state. */
export function JobActions({ job }: { readonly job: JobView }) {
  const { client, federation } = useSignedIn();
  const [isAsking, setIsAsking] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const { id, name, status } = job;

  const act = async (action: "pause" | "resume" | "cancel") => {
    setIsBusy(true);
    setProblem(undefined);
    try {
      federation.tell(await client.jobs[action](id));
    } catch (error) {
      setProblem(reasonOf(error));
    }
    setIsBusy(false);
  };

  return (
    <div className="row">
      {(status === "running" || status === "queued") && (
        <button type="button" disabled={isBusy} onClick={() => act("pause")} aria-label={`Pause ${name}`}>
          Pause
        </button>
      )}
      {status === "paused" && (
        <button type="button" disabled={isBusy} onClick={() => act("resume")} aria-label={`Resume ${name}`}>
          Resume
        </button>
      )}
      {!isOver(status) && (
        <button type="button" disabled={isBusy} onClick={() => setIsAsking(true)} aria-label={`Cancel ${name}`}>
          Cancel
        </button>
      )}
      <a className="button" href={linkTo.newJob(id)} aria-label={`Clone ${name}`}>
        Clone
      </a>
      {problem !== undefined && <Problem>{problem}</Problem>}
      {isAsking && (
        <Confirm
          title="Cancel this job?"
          action="Cancel the job"
          onAnswer={(isSure) => {
            setIsAsking(false);
            if (isSure) void act("cancel");
          }}
        >
          <p>“{name}” ends for good. Its models so far are kept, and another job may go on from them.</p>
        </Confirm>
      )}
    </div>
  );
}
