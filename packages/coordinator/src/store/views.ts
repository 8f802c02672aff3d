import {
  changed,
  type EvaluationView,
  type JobView,
  type ModelVersionView,
  personalisationView,
  type RefusalView,
  type RoundView,
  type Shortage,
  type UpdateView,
  validationView,
  type WorkerScore,
} from "@tributary/federation";
import type { JobRecord, MetricRecord, ModelRecord, RoundRecord } from "./records.js";
import type { Store } from "./store.js";

/** Jobs as the API shows them. */
export async function jobViews(store: Store, jobs: readonly JobRecord[]): Promise<JobView[]> {
  const models = await store.models.latest(jobs.map(({ id }) => id));
  return jobs.map((job) => jobView(job, models.get(job.id)));
}

/** A job as the API shows it. @param model its newest version */
export function jobView(job: JobRecord, model: ModelRecord | undefined): JobView {
  const { id, name, settings, status, phase, reason, waitingFor, parameters, round, accuracy, bestAccuracy } = job;
  return {
    id,
    name,
    status,
    phase,
    reason,
    waitingFor: waitingFor === null ? null : shortageView(waitingFor),
    spec: settings === null ? job.spec : changed(job.spec, settings),
    parameters,
    round,
    model: model === undefined ? null : modelView(model),
    accuracy,
    bestAccuracy,
    submittedAt: job.submittedAt.toISOString(),
    startedAt: iso(job.startedAt),
    finishedAt: iso(job.finishedAt),
  };
}

const shortageView = ({ unable, unfit, ...counts }: Shortage): NonNullable<JobView["waitingFor"]> => ({
  ...counts,
  unable: unable.map(({ worker, ops }) => ({ worker, ops: [...ops] })),
  ...(unfit && { unfit: [...unfit] }),
});

export const modelView = ({ round, digest, size, sentSize, createdAt }: ModelRecord): ModelVersionView => ({
  round,
  digest,
  size,
  sentBytes: sentSize ?? size,
  createdAt: createdAt.toISOString(),
});

/** Attempts at rounds as the API shows them: with their updates, refusals and evaluations. */
export async function roundViews(store: Store, job: string, rounds: readonly RoundRecord[]): Promise<RoundView[]> {
  const numbers = [...new Set(rounds.map(({ number }) => number))];
  if (numbers.length === 0) return [];
  const [metrics, models] = [await store.rounds.metrics(job, numbers), await store.models.of(job, numbers)];
  return rounds.map((round) =>
    roundView(
      round,
      metrics.filter((metric) => metric.round === round.number && metric.attempt === round.attempt),
      models.find((model) => model.round === round.number),
    ),
  );
}

/** An attempt at a round as the API shows it. @param metrics those of this attempt @param model the version of this round */
export function roundView(
  round: RoundRecord,
  metrics: readonly MetricRecord[],
  model: ModelRecord | undefined,
): RoundView {
  const { number, attempt, status, cohort, startedAt, finishedAt } = round;
  const { trainingMs, aggregationMs, evaluationMs, bytesDown, bytesUp } = round;
  const evaluations = metrics.flatMap(asEvaluation);
  const scores = metrics.flatMap(asScore);
  return {
    number,
    attempt,
    status,
    cohort: [...cohort],
    startedAt: startedAt.toISOString(),
    finishedAt: iso(finishedAt),
    timings: {
      trainingMs,
      aggregationMs,
      evaluationMs,
      totalMs: finishedAt === null ? null : Math.max(0, finishedAt.getTime() - startedAt.getTime()),
    },
    bytesDown,
    bytesUp,
    updates: metrics.flatMap(asUpdate),
    refusals: metrics.flatMap(asRefusal),
    model: model === undefined || status === "abandoned" ? null : modelView(model),
    evaluation: evaluations.find(({ subject }) => subject === "") ?? null,
    validation: validationView(scores.filter(({ personal }) => personal === undefined)),
    personalisation: personalisationView(scores),
    updateEvaluations: evaluations.filter(({ subject }) => subject !== ""),
  };
}

function asUpdate({ worker, samples, outcome }: MetricRecord): UpdateView[] {
  if (outcome.kind !== "update") return [];
  const { digest, size, sentBytes = size, staleness, metrics } = outcome;
  return [
    {
      worker,
      digest,
      size,
      sentBytes,
      ...(staleness !== undefined && { staleness }),
      samples: samples ?? 0,
      ...metrics,
    },
  ];
}

function asRefusal({ worker, outcome }: MetricRecord): RefusalView[] {
  return outcome.kind === "refusal" ? [{ worker, code: outcome.code, message: outcome.message }] : [];
}

function asEvaluation({ outcome }: MetricRecord): EvaluationView[] {
  return outcome.kind === "evaluation" ? [{ ...outcome.report, confusion: [...outcome.report.confusion] }] : [];
}

const asScore = ({ outcome }: MetricRecord): WorkerScore[] => (outcome.kind === "validation" ? [outcome.report] : []);

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
