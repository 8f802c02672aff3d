import {
  type AcceptedUpdate,
  type EvaluationReport,
  type JobEvent,
  type ModelVersion,
  personalisationView,
  type Refusal,
  validationView,
  type WorkerScore,
} from "@tributary/federation";
import type { SimulatedRound } from "../report.js";

/** What happens in an attempt at a round, until there is a report to make of it. */
export class RoundLog {
  #cohort = 0;
  #bytesDown = 0;
  #updates: AcceptedUpdate[] = [];
  #counted: readonly AcceptedUpdate[] | undefined;
  #refusals: Refusal[] = [];
  #reports: EvaluationReport[] = [];
  #scores: WorkerScore[] = [];
  #committed: ModelVersion | undefined;
  #began = performance.now();

  open(): void {
    this.#cohort = 0;
    this.#bytesDown = 0;
    this.#updates = [];
    this.#counted = undefined;
    this.#refusals = [];
    this.#reports = [];
    this.#scores = [];
    this.#committed = undefined;
    this.#began = performance.now();
  }

  /** Some more were asked, each with a model of its bytes. */
  asked(sizes: readonly number[]): void {
    this.#cohort += sizes.length;
    this.#bytesDown += sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Of an asynchronous job: these make the version, whenever they came. */
  counts(updates: readonly AcceptedUpdate[]): void {
    this.#counted = updates;
  }

  /** An event that changed the job's state. */
  note(event: JobEvent): void {
    switch (event.type) {
      case "UpdateAccepted":
        this.#updates.push(event.update);
        return;
      case "UpdateRefused":
        this.#refusals.push(event.refusal);
        return;
      case "EvaluationReported":
        this.#reports.push(event.report);
        return;
      case "ValidationReported":
        this.#scores.push(event.report);
        return;
      case "ValidationFailed":
        this.#refusals.push(event.refusal);
        return;
      case "Committed":
        this.#committed = event.model;
        return;
      default:
        return;
    }
  }

  /** @returns undefined for an attempt that made no model */
  close(round: number, attempt: number, virtualMs: number): SimulatedRound | undefined {
    const model = this.#committed;
    if (model?.round !== round) return undefined;
    const updates = this.#counted ?? this.#updates;
    return {
      round,
      attempt,
      cohort: this.#cohort,
      updates: updates.length,
      bytesDown: this.#bytesDown,
      sentBytes: updates.reduce((sum, { size, sent }) => sum + (sent?.size ?? size), 0),
      updateBytes: updates.reduce((sum, { size }) => sum + size, 0),
      sentModelBytes: model.packed?.size ?? model.size,
      modelBytes: model.size,
      refusals: this.#refusals,
      loss: meanLoss(updates),
      evaluation: this.#reports.find(({ subject }) => subject === ""),
      validation: validationView(this.#scores.filter(({ personal }) => personal === undefined)) ?? undefined,
      personalisation: personalisationView(this.#scores) ?? undefined,
      updateEvaluations: this.#reports.filter(({ subject }) => subject !== ""),
      digest: model.digest,
      virtualMs,
      ms: performance.now() - this.#began,
    };
  }
}

/** Over the samples that were seen. */
function meanLoss(updates: readonly AcceptedUpdate[]): number | undefined {
  const seen = updates.reduce((sum, { metrics }) => sum + metrics.samplesSeen, 0);
  if (seen === 0) return undefined;
  return updates.reduce((sum, { metrics }) => sum + metrics.loss * metrics.samplesSeen, 0) / seen;
}
