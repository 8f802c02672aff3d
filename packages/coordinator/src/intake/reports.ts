import type { Refusal } from "@tributary/federation";
import { TributaryError, type v1 } from "@tributary/protocol";
import type { JobRun } from "../jobs/job-run.js";
import type { Jobs } from "../jobs/jobs.js";
import type { Notices } from "../jobs/notices.js";
import type { Session } from "../sockets/session.js";
import { type Attempt, isOf, type Work } from "../sockets/work.js";
import { parseEvaluation, parseFailure, parseProgress } from "./results.js";

/** Takes what workers tell besides updates: how far they are, what an evaluator found, and what they could not do. */
export class Reports {
  constructor(
    private readonly jobs: Jobs,
    private readonly notices: Notices,
  ) {}

  takeProgress(session: Session, message: v1.Progress): v1.Empty.$Properties {
    const progress = parseProgress(message);
    if (session.current === undefined || !isOf(session.current, progress)) return {};
    session.progress = progress;
    this.notices.progressed({ worker: session.name, ...progress });
    return {};
  }

  /** @throws TributaryError `round_closed`, `not_in_cohort`, `invalid_message`, `update_not_finite` */
  async takeEvaluation(session: Session, message: v1.Evaluation): Promise<v1.Empty.$Properties> {
    const { round, attempt, subject } = message;
    const run = this.#evaluating(session, message);
    if (!Number.isFinite(message.loss)) {
      const error = new TributaryError("update_not_finite", "the loss of the evaluation is not finite");
      const refusal: Refusal = { worker: session.name, code: error.code, message: error.message };
      await this.#fail(run, { kind: "evaluating", job: run.id, round, attempt, subject }, refusal);
      session.settle(message, subject);
      throw error;
    }
    const report = parseEvaluation(message, session.name, session.description.classes);
    // Before the round may close: closing it would call off work whose result is here already.
    session.settle(message, subject);
    await run.dispatchPatiently({ type: "EvaluationReported", round, report });
    return {};
  }

  /** What the worker could not do: the round does not wait for it. */
  async takeFailure(session: Session, message: v1.Failure): Promise<v1.Empty.$Properties> {
    const { job, round, attempt, subject } = message;
    const run = this.jobs.find(job);
    const kind = session.description.role === "train" ? "training" : "evaluating";
    const refusal = parseFailure(session.name, message.error);
    if (run !== undefined) await this.#fail(run, { kind, job, round, attempt, subject }, refusal);
    session.settle(message, subject);
    return {};
  }

  /** A worker answered an assignment with an error. */
  async takeRefusal(session: Session, work: Work, { code, message }: TributaryError): Promise<void> {
    const run = this.jobs.find(work.job);
    if (run !== undefined) await this.#fail(run, work, parseFailure(session.name, { code, message }));
  }

  /** The run whose evaluation this worker may report. */
  #evaluating({ description, name }: Session, { job, round, attempt }: Attempt): JobRun {
    const run = this.jobs.find(job);
    const phase = run?.state.phase;
    if (run === undefined || phase?.kind !== "evaluating" || phase.round !== round || phase.attempt !== attempt)
      throw new TributaryError("round_closed", `round ${round}, attempt ${attempt} takes no evaluations`);
    if (description.role !== "evaluate" || description.dataset !== run.spec.dataset)
      throw new TributaryError("not_in_cohort", `${name} does not evaluate this job`);
    return run;
  }

  #fail(run: JobRun, { kind, round, attempt, subject }: Omit<Work, "assignment">, refusal: Refusal): Promise<boolean> {
    return kind === "training"
      ? run.dispatchPatiently({ type: "UpdateRefused", round, attempt, refusal })
      : run.dispatchPatiently({ type: "EvaluationFailed", round, subject, refusal });
  }
}
