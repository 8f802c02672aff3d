import type { JobEffect, JobEvent, JobState, Phase, ScoringPhase } from "@tributary/federation";
import { noTracing, type Span, type Tracing } from "@tributary/tracing";
import { scoringKinds, type Work } from "../sockets/work.js";
import type { Step } from "../store/records.js";

type WorkName = Pick<Work, "job" | "kind" | "round" | "subject">;

/** What a worker was asked for, as an answer to it may name it. */
type Asked = Pick<WorkName, "kind" | "round" | "subject">;

/** The spans of a job that are open. */
interface OpenSpans {
  /** Of the attempt under way. */
  root: { readonly name: string; readonly span: Span } | undefined;
  phase: { readonly kind: string; readonly span: Span } | undefined;
  /** Of what workers were asked for and have not answered, by worker and subject: the newest of each. */
  readonly assignments: Map<string, { readonly round: number; readonly span: Span }>;
}

/**
 * One trace for each attempt at a round: the attempt, its phases, what each worker is asked for, and what is done with the
 * answers. A worker's own spans are parts of its assignment. Spans are in memory alone: an attempt that a restart cut in two
 * is two traces, the second one marked as resumed.
 */
export class RoundTraces {
  readonly #jobs = new Map<string, OpenSpans>();

  constructor(private readonly tracing: Tracing) {}

  /** Follows a step of a job's round machine. @param state where the job is after it */
  take(
    { job, at, event }: Pick<Step, "job" | "at" | "event">,
    effects: readonly JobEffect[],
    { phase, flow }: Pick<JobState, "phase" | "flow">,
  ): void {
    if (this.tracing === noTracing) return;
    const open = this.#jobs.get(job) ?? { root: undefined, phase: undefined, assignments: new Map() };
    this.#jobs.set(job, open);
    this.#answer(open, event, at);
    // In an asynchronous job, what was handed out goes on when the round closes.
    if (flow === undefined && effects.some(({ type }) => type === "CloseRound"))
      endAssignments(open, at, "round_closed");
    if (effects.some(({ type }) => type === "CloseRound")) endRound(open, at);
    this.#enter(open, { job, at, event }, phase);
    for (const effect of effects) this.#follow(open, effect, at);
    if (open.root === undefined && open.assignments.size === 0) this.#jobs.delete(job);
  }

  /** For the worker that is asked: the text by which it goes on with the trace. */
  traceparentOf(work: WorkName, worker: string): string {
    const span = this.#assignment(work, worker);
    return span === undefined ? "" : this.tracing.traceparentOf(span);
  }

  #assignment(work: WorkName, worker: string): Span | undefined {
    const open = this.#jobs.get(work.job)?.assignments.get(nameOf(worker, work));
    return open?.round === work.round ? open.span : undefined;
  }

  /** Does something as a part of a worker's assignment. */
  ofAssignment<T>(name: string, work: WorkName, worker: string, part: () => Promise<T>): Promise<T> {
    return this.#during(name, this.#assignment(work, worker), part);
  }

  /** Does something as a part of the phase that a job is in. */
  within<T>(name: string, job: string, part: () => Promise<T>): Promise<T> {
    return this.#during(name, this.#jobs.get(job)?.phase?.span, part);
  }

  async #during<T>(name: string, parent: Span | undefined, part: () => Promise<T>): Promise<T> {
    if (parent === undefined) return part();
    const span = this.tracing.begin(name, { parent });
    return part().finally(() => span.end());
  }

  #answer(open: OpenSpans, event: JobEvent, at: Date): void {
    switch (event.type) {
      case "UpdateAccepted":
        endAssignment(open, event.update.worker, training(event.round), at);
        break;
      case "UpdateRefused":
        endAssignment(open, event.refusal.worker, training(event.round), at, event.refusal.code);
        break;
      case "EvaluationReported":
        endAssignment(open, event.report.evaluator, evaluating(event.round, event.report.subject), at);
        break;
      case "EvaluationFailed": {
        const { round, subject, refusal } = event;
        endAssignment(open, refusal.worker, evaluating(round, subject), at, refusal.code);
        break;
      }
      case "ValidationReported": {
        const { worker, personal } = event.report;
        endAssignment(open, worker, scoring(personal ? "personalising" : "evaluating", event.round), at);
        break;
      }
      case "ValidationFailed": {
        const { round, phase, refusal } = event;
        endAssignment(open, refusal.worker, scoring(phase, round), at, refusal.code);
        break;
      }
    }
  }

  /** Opens the attempt and the phase that the job is in, unless they are open. */
  #enter(open: OpenSpans, { job, at, event }: Pick<Step, "job" | "at" | "event">, phase: Phase): void {
    const isOfRound =
      phase.kind === "training" ||
      phase.kind === "aggregating" ||
      phase.kind === "evaluating" ||
      phase.kind === "personalising";
    const name = isOfRound ? `${phase.round}.${phase.attempt}` : undefined;
    if (open.root !== undefined && open.root.name !== name) endRound(open, at);
    if (!isOfRound || name === undefined) return;
    open.root ??= {
      name,
      span: this.tracing.begin("round", {
        at,
        attributes: {
          ...{ "tributary.job": job, "tributary.round": phase.round, "tributary.attempt": phase.attempt },
          ...(event.type === "CoordinatorRestarted" && { "tributary.resumed": true }),
        },
      }),
    };
    if (open.phase?.kind === phase.kind) return;
    open.phase?.span.end(at);
    open.phase = { kind: phase.kind, span: this.tracing.begin(phase.kind, { parent: open.root.span, at }) };
  }

  #follow(open: OpenSpans, effect: JobEffect, at: Date): void {
    switch (effect.type) {
      case "AssignTraining":
        this.#assign(open, effect.worker, training(effect.round), at);
        break;
      case "AssignEvaluation":
        this.#assign(open, effect.evaluator, evaluating(effect.round, effect.subject), at);
        break;
      case "AssignValidation":
        this.#assign(open, effect.worker, scoring(effect.phase, effect.round), at);
        break;
      case "Abort":
        if (effect.work === "training") endAssignment(open, effect.worker, training(effect.round), at, "aborted");
        else
          for (const phase of ["evaluating", "personalising"] as const)
            endAssignment(open, effect.worker, scoring(phase, effect.round), at, "aborted");
        break;
      case "Release":
      case "Finish":
        endAssignments(open, at, "aborted");
        endRound(open, at);
        break;
    }
  }

  /** A worker that came back is asked again for the same: its span goes on. */
  #assign({ phase, assignments }: OpenSpans, worker: string, work: Asked, at: Date): void {
    const name = nameOf(worker, work);
    const before = assignments.get(name);
    if (before?.round === work.round) return;
    before?.span.end(at);
    const attributes = {
      ...{ "tributary.worker": worker, "tributary.work": work.kind },
      ...(work.subject !== "" && { "tributary.subject": work.subject }),
    };
    const span = this.tracing.begin("assignment", { parent: phase?.span, at, attributes });
    assignments.set(name, { round: work.round, span });
  }
}

const training = (round: number): Asked => ({ kind: "training", round, subject: "" });
const evaluating = (round: number, subject: string): Asked => ({ kind: "evaluating", round, subject });
const scoring = (phase: ScoringPhase, round: number): Asked => ({ kind: scoringKinds[phase], round, subject: "" });
const nameOf = (worker: string, { kind, subject }: Asked): string => `${kind}/${worker}/${subject}`;

/** @param code why nothing came of it */
function endAssignment({ assignments }: OpenSpans, worker: string, work: Asked, at: Date, code?: string): void {
  const name = nameOf(worker, work);
  const open = assignments.get(name);
  if (open?.round !== work.round) return;
  assignments.delete(name);
  if (code !== undefined) open.span.setAttribute("tributary.code", code);
  open.span.end(at);
}

function endAssignments({ assignments }: OpenSpans, at: Date, code: string): void {
  for (const { span } of assignments.values()) span.setAttribute("tributary.code", code).end(at);
  assignments.clear();
}

function endRound(open: OpenSpans, at: Date): void {
  open.phase?.span.end(at);
  open.root?.span.end(at);
  open.phase = undefined;
  open.root = undefined;
}

/** Work that tells its worker of the trace that it is a part of. */
export const traced = (work: Work, worker: string, traces: RoundTraces): Work => ({
  ...work,
  assignment: (to) => ({ ...work.assignment(to), traceparent: traces.traceparentOf(work, worker) }),
});
