import type { Phase } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import type { JobRun } from "../jobs/job-run.js";
import type { Jobs } from "../jobs/jobs.js";
import type { Attempt } from "../sockets/work.js";

/** An attempt at a round that takes updates. */
export interface OpenAttempt {
  readonly run: JobRun;
  readonly phase: Extract<Phase, { kind: "training" }>;
}

/**
 * The attempt for which a worker may send its update.
 *
 * @throws TributaryError `round_closed`, `not_in_cohort`
 */
export function openAttempt(jobs: Jobs, worker: string, { job, round, attempt }: Attempt): OpenAttempt {
  const run = jobs.find(job);
  const phase = run?.state.phase;
  if (run === undefined || phase?.kind !== "training" || phase.round !== round || phase.attempt !== attempt)
    throw new TributaryError("round_closed", `round ${round}, attempt ${attempt} takes no updates`);
  if (!phase.cohort.includes(worker))
    throw new TributaryError("not_in_cohort", `${worker} was not selected for round ${round}`);
  if (phase.refusals.some((refusal) => refusal.worker === worker))
    throw new TributaryError("round_closed", `${worker} was refused in round ${round}, attempt ${attempt} already`);
  return { run, phase };
}

/**
 * Whether this very update was accepted before: then the worker did not hear of it, and is told again.
 *
 * @throws TributaryError `duplicate_update` when another one of this worker was
 */
export function isAccepted({ phase }: OpenAttempt, worker: string, digest: string): boolean {
  const accepted = phase.updates.find((update) => update.worker === worker);
  if (accepted !== undefined && (accepted.sent ?? accepted).digest !== digest)
    throw new TributaryError("duplicate_update", `another update of ${worker} was accepted in round ${phase.round}`);
  return accepted !== undefined;
}
