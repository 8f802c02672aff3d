import {
  type EvaluationReport,
  holdoutOf,
  type Refusal,
  type ScoringPhase,
  validationCount,
  type WorkerFacts,
  type WorkerScore,
} from "@tributary/federation";
import { TributaryError, toTributaryError, type v1 } from "@tributary/protocol";
import type { JobRun } from "../jobs/job-run.js";
import type { Jobs } from "../jobs/jobs.js";
import type { Notices } from "../jobs/notices.js";
import type { Session } from "../sockets/session.js";
import { isOf, isScoringKind, scoringPhases, type Work, type WorkName } from "../sockets/work.js";
import { isLoss, parseEvaluation, parseFailure, parseProgress, parseValidation } from "./results.js";

/** Takes what workers tell besides updates: how far they are, what an evaluator found, and what they could not do. */
export class Reports {
  constructor(
    private readonly jobs: Jobs,
    private readonly notices: Notices,
  ) {}

  takeProgress(session: Session, message: v1.Progress): v1.Empty.$Properties {
    const progress = parseProgress(message);
    if (session.current === undefined || !isOf(session.current, progress)) return {};
    session.advance(progress);
    this.notices.progressed({ worker: session.name, ...progress });
    return {};
  }

  /** @throws TributaryError `round_closed`, `not_in_cohort`, `invalid_message`, `update_not_finite` */
  async takeEvaluation(session: Session, message: v1.Evaluation): Promise<v1.Empty.$Properties> {
    const { round, attempt, subject } = message;
    const name: WorkName = { kind: "evaluating", job: message.job, round, attempt, subject };
    const run = this.#scored(session, name, "evaluating", "evaluate");
    const report = await this.#parsed(run, session, name, () => evaluationOf(message, session));
    // Before the round may close: closing it would call off work whose result is here already.
    session.settle(name);
    await run.dispatchPatiently({ type: "EvaluationReported", round, report });
    return {};
  }

  /**
   * The scores of a worker that trains. With one of its own model they are those at the end of the job.
   *
   * @throws TributaryError `round_closed`, `not_in_cohort`, `invalid_message`, `update_not_finite`, `sample_count_invalid`
   */
  async takeValidation(session: Session, message: v1.Validation): Promise<v1.Empty.$Properties> {
    const { round, attempt } = message;
    const kind = message.personal ? "personalising" : "validating";
    const name: WorkName = { kind, job: message.job, round, attempt, subject: "" };
    const run = this.#scored(session, name, scoringPhases[kind], "train");
    const report = await this.#parsed(run, session, name, () => validationOf(message, run, session));
    session.settle(name);
    await run.dispatchPatiently({ type: "ValidationReported", round, report });
    return {};
  }

  /** What the worker could not do: the round does not wait for it. */
  async takeFailure(session: Session, message: v1.Failure): Promise<v1.Empty.$Properties> {
    const { job, round, attempt, subject } = message;
    const run = this.jobs.find(job);
    const name: WorkName = { kind: kindOf(session, message), job, round, attempt, subject };
    const refusal = parseFailure(session.name, message.error);
    session.fail(refusal.code, refusal.message);
    if (run !== undefined) await this.#fail(run, name, refusal);
    session.settle(name);
    return {};
  }

  /** A worker answered an assignment with an error. */
  async takeRefusal(session: Session, work: Work, { code, message }: TributaryError): Promise<void> {
    const run = this.jobs.find(work.job);
    const refusal = parseFailure(session.name, { code, message });
    session.fail(refusal.code, refusal.message);
    if (run !== undefined) await this.#fail(run, work, refusal);
  }

  /** The run that waits in this phase for scores, which a worker with this role may give. */
  #scored(session: Session, work: WorkName, wanted: ScoringPhase, role: WorkerFacts["role"]): JobRun {
    const { description, name } = session;
    const { job, round, attempt } = work;
    const run = this.jobs.find(job);
    const phase = run?.state.phase;
    if (run === undefined || phase?.kind !== wanted || phase.round !== round || phase.attempt !== attempt) {
      // It is done with all the same, and free for other work.
      session.settle(work);
      throw new TributaryError("round_closed", `round ${round}, attempt ${attempt} takes no such scores`);
    }
    if (description.role !== role || description.dataset !== run.spec.dataset)
      throw new TributaryError("not_in_cohort", `${name} does not ${role} for this job`);
    return run;
  }

  /** What a message says; of one that says nothing the round knows, and does not wait. @throws TributaryError as `parse` */
  async #parsed<T>(run: JobRun, session: Session, work: WorkName, parse: () => T): Promise<T> {
    try {
      return parse();
    } catch (thrown) {
      const refusal = parseFailure(session.name, toTributaryError(thrown));
      session.fail(refusal.code, refusal.message);
      await this.#fail(run, work, refusal);
      session.settle(work);
      throw thrown;
    }
  }

  #fail(run: JobRun, { kind, round, attempt, subject }: WorkName, refusal: Refusal): Promise<boolean> {
    switch (kind) {
      case "training":
        return run.dispatchPatiently({ type: "UpdateRefused", round, attempt, refusal });
      case "evaluating":
        return run.dispatchPatiently({ type: "EvaluationFailed", round, subject, refusal });
      case "validating":
      case "personalising":
        return run.dispatchPatiently({ type: "ValidationFailed", round, phase: scoringPhases[kind], refusal });
      default:
        return kind satisfies never;
    }
  }
}

/** What a failure is of. A worker that trains may say so; an evaluator does nothing else. */
function kindOf({ description }: Session, { kind }: v1.Failure): WorkName["kind"] {
  if (description.role !== "train") return "evaluating";
  return isScoringKind(kind) ? kind : "training";
}

/** @throws TributaryError `update_not_finite`, `invalid_message` */
function evaluationOf(message: v1.Evaluation, { name, description }: Session): EvaluationReport {
  checkLosses("evaluation", [message.loss]);
  return parseEvaluation(message, name, description.classes);
}

/** @throws TributaryError `update_not_finite`, `sample_count_invalid`, `invalid_message` */
function validationOf(message: v1.Validation, { spec }: JobRun, { name, description }: Session): WorkerScore {
  const { samples, score, personal } = message;
  checkLosses("validation", [score?.loss ?? 0, personal?.loss ?? 0]);
  const holdout = holdoutOf(spec);
  const wanted = holdout === undefined ? 0 : validationCount(holdout, description.samples);
  if (samples !== wanted || wanted === 0)
    throw new TributaryError(
      "sample_count_invalid",
      `the validation is of ${samples} samples, and ${name} holds back ${wanted}`,
    );
  return parseValidation(message, name);
}

/** @throws TributaryError `update_not_finite` */
function checkLosses(what: string, losses: readonly number[]): void {
  if (!losses.every(isLoss))
    throw new TributaryError("update_not_finite", `a loss of the ${what} is no finite float32`);
}
