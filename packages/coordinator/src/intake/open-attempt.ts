import {
  type AcceptedUpdate,
  type AssignmentName,
  type Flow,
  heldUpdates,
  type ModelVersion,
  outstandingOf,
  strategyOf,
} from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import type { JobRun } from "../jobs/job-run.js";
import type { Jobs } from "../jobs/jobs.js";
import type { Attempt } from "../sockets/work.js";

/** An attempt at a round that takes an update of a worker. */
export interface OpenAttempt {
  readonly run: JobRun;
  /** The update of this worker that was taken; undefined: none was yet. */
  readonly accepted: AcceptedUpdate | undefined;
  /** The version that the worker was given. */
  readonly model: Pick<ModelVersion, "digest"> | undefined;
  /** Samples that it trains on, of those that it held then. */
  readonly samples: number;
}

/**
 * The attempt for which a worker may send its update.
 *
 * @throws TributaryError `round_closed`, `not_in_cohort`; `update_too_stale` in asynchronous jobs
 */
export function openAttempt(jobs: Jobs, worker: string, { job, round, attempt }: Attempt): OpenAttempt {
  const run = jobs.find(job);
  const phase = run?.state.phase;
  if (run?.state.flow !== undefined) return openAssignment(run, run.state.flow, worker, { round, attempt });
  if (run === undefined || phase?.kind !== "training" || phase.round !== round || phase.attempt !== attempt)
    throw new TributaryError("round_closed", `round ${round}, attempt ${attempt} takes no updates`);
  if (!phase.cohort.includes(worker))
    throw new TributaryError("not_in_cohort", `${worker} was not selected for round ${round}`);
  if (phase.refusals.some((refusal) => refusal.worker === worker))
    throw new TributaryError("round_closed", `${worker} was refused in round ${round}, attempt ${attempt} already`);
  return {
    ...{ run, model: run.state.model },
    accepted: phase.updates.find((update) => update.worker === worker),
    samples: run.cohort.find((member) => member.worker === worker)?.samples ?? 0,
  };
}

/** In an asynchronous job a worker may send what it was handed out for, whatever round is under way. */
function openAssignment(run: JobRun, flow: Flow, worker: string, name: AssignmentName): OpenAttempt {
  const { round, attempt } = name;
  const outstanding = outstandingOf(flow, worker, name);
  if (outstanding !== undefined) return { run, accepted: undefined, ...outstanding };
  const accepted = heldUpdates(run.state).find(
    (update) => update.worker === worker && update.began?.round === round && update.began.attempt === attempt,
  );
  if (accepted !== undefined) return { run, accepted, model: accepted.began, samples: accepted.samples };
  const staleness = (run.state.model?.round ?? 0) - round + 1;
  const { maximumStaleness = staleness } = strategyOf(run.spec).asynchronous ?? {};
  if (staleness > maximumStaleness)
    throw new TributaryError(
      "update_too_stale",
      `${staleness} versions were made since the one that ${worker} began with; ${maximumStaleness} at most`,
    );
  throw new TributaryError("round_closed", `${worker} is not asked for round ${round}, attempt ${attempt}`);
}

/**
 * Whether this very update was accepted before: then the worker did not hear of it, and is told again.
 *
 * @throws TributaryError `duplicate_update` when another one of this worker was
 */
export function isAccepted({ accepted }: OpenAttempt, worker: string, digest: string): boolean {
  if (accepted !== undefined && (accepted.sent ?? accepted).digest !== digest)
    throw new TributaryError("duplicate_update", `another update of ${worker} was accepted in this round`);
  return accepted !== undefined;
}
