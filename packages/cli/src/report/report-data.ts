import { createHash } from "node:crypto";
import {
  type AuditHead,
  checkJobSpec,
  type JobSpec,
  type JobView,
  type ModelVersionView,
  modelSizesOf,
  type PersonalisationView,
  type RoundView,
  resolveModel,
  type SpecDifference,
  scoreOfRound,
  sentSizesOf,
  specDifferences,
  type ValidationView,
  type WorkerView,
} from "@tributary/federation";
import { graphDigest, summary } from "@tributary/nn";
import { canonicalize } from "json-canonicalize";
import type { Table } from "./table.js";

/** More updates than these are left out of a report, which would be too large to hand on. */
const MOST_UPDATES = 4_000;
/** And of refusals the newest are kept. */
const MOST_REFUSALS = 1_000;

/** Whether the whole audit log is as it was written. */
export interface AuditState {
  readonly isVerified: boolean;
  /** What is wrong with the first bad line. */
  readonly fault: { readonly line: number; readonly reason: string } | null;
  /** The newest good line. */
  readonly head: AuditHead;
  /** Lines about this job. */
  readonly linesOfJob: number;
}

/** What a report is made of, as a coordinator tells it. */
export interface ReportSources {
  readonly at: Date;
  readonly software: { readonly coordinator: string; readonly protocol: number };
  readonly job: JobView;
  /** All attempts at all rounds, in order. */
  readonly rounds: readonly RoundView[];
  readonly versions: readonly ModelVersionView[];
  readonly workers: readonly WorkerView[];
  readonly audit: AuditState;
}

/** A worker's part in a job. What it runs is null when the coordinator knows it no longer. */
export interface WorkerPart {
  readonly name: string;
  readonly role: string | null;
  readonly backend: string | null;
  readonly software: string | null;
  readonly rounds: number;
  readonly samples: number | null;
  readonly accepted: number;
  readonly refused: number;
  readonly sentBytes: number;
}

/** Everything that a report says, as JSON. It is embedded in the page, and `--json` prints it. */
export interface ReportData {
  readonly format: "tributary-report/1";
  readonly createdAt: string;
  readonly software: ReportSources["software"];
  readonly job: Omit<JobView, "spec" | "waitingFor" | "phase">;
  readonly spec: JobSpec;
  /** `here` is the job's value, `there` the default. */
  readonly differencesFromDefaults: readonly SpecDifference[];
  readonly network: { readonly digest: string; readonly summary: string };
  readonly totals: {
    readonly finished: number;
    readonly abandoned: number;
    readonly updates: number;
    readonly refusals: number;
    readonly bytesDown: number;
    readonly bytesUp: number;
    /** Of the accepted updates, as they travelled and as they are. */
    readonly sentBytes: number;
    readonly updateBytes: number;
    /** Of the versions of the global model, each as it travels to one worker, and as it is. */
    readonly sentModelBytes: number;
    readonly modelBytes: number;
    readonly wallTimeMs: number | null;
  };
  readonly rounds: Table;
  /** Every version of the global model. */
  readonly versions: Table;
  readonly workers: readonly WorkerPart[];
  /** null: there are too many. */
  readonly updates: Table | null;
  /** The newest ones. */
  readonly refusals: Table;
  /** Of the last round that has one; row: label, column: prediction. */
  readonly confusion: { readonly round: number; readonly counts: readonly number[] } | null;
  /** What workers say, of the last round in which they do. */
  readonly scores: {
    readonly round: number;
    readonly validation: ValidationView | null;
    readonly personalisation: PersonalisationView | null;
  } | null;
  readonly audit: AuditState;
  /** SHA-256 of all rounds as the API lists them, as JSON of RFC 8785. */
  readonly roundsDigest: string;
}

/** SHA-256 of a value as the one JSON text that RFC 8785 gives it, hexadecimal. */
export const jsonDigest = (value: unknown): string => createHash("sha256").update(canonicalize(value)).digest("hex");

/** What a report says of a job. */
export function reportData({ at, software, job, rounds, versions, workers, audit }: ReportSources): ReportData {
  const { spec, waitingFor: _, phase: __, ...rest } = job;
  const updates = rounds.reduce((sum, round) => sum + round.updates.length, 0);
  const refusals = rounds.reduce((sum, round) => sum + round.refusals.length, 0);
  return {
    format: "tributary-report/1",
    createdAt: at.toISOString(),
    software,
    job: rest,
    spec,
    differencesFromDefaults: specDifferences(spec, checkJobSpec({ model: spec.model, dataset: spec.dataset })),
    network: networkOf(spec),
    totals: {
      finished: rounds.filter(({ status }) => status === "finished").length,
      abandoned: rounds.filter(({ status }) => status === "abandoned").length,
      ...{ updates, refusals },
      bytesDown: rounds.reduce((sum, round) => sum + round.bytesDown, 0),
      bytesUp: rounds.reduce((sum, round) => sum + round.bytesUp, 0),
      ...sentSizesOf(rounds.flatMap((round) => round.updates)),
      ...modelSizesOf(versions),
      wallTimeMs: job.startedAt && job.finishedAt ? Date.parse(job.finishedAt) - Date.parse(job.startedAt) : null,
    },
    rounds: roundTable(rounds),
    versions: {
      columns: ["round", "digest", "bytes", "sentBytes"],
      rows: versions.map(({ round, digest, size, sentBytes }) => [round, digest, size, sentBytes]),
    },
    workers: partsOf(rounds, workers),
    updates: updates > MOST_UPDATES ? null : updateTable(rounds),
    refusals: refusalTable(rounds),
    confusion: confusionOf(rounds),
    scores: scoresOf(rounds),
    audit,
    roundsDigest: jsonDigest(rounds),
  };
}

function networkOf(spec: JobSpec): ReportData["network"] {
  const graph = resolveModel(spec);
  return { digest: graphDigest(graph), summary: summary(graph) };
}

const whole = (ms: number | null): number | null => ms && Math.round(ms);
const short = (value: number): number => Number(value.toPrecision(6));

const roundTable = (rounds: readonly RoundView[]): Table => ({
  columns: [
    ...["round", "attempt", "status", "startedAt", "trainingMs", "aggregationMs", "evaluationMs", "totalMs"],
    ...["bytesDown", "bytesUp", "sentBytes", "updateBytes", "cohort", "updates", "refusals", "loss", "accuracy"],
  ],
  rows: rounds.map((round) => {
    const { number, attempt, status, startedAt, timings, bytesDown, bytesUp, cohort, updates, refusals } = round;
    const { trainingMs, aggregationMs, evaluationMs, totalMs } = timings;
    const score = scoreOfRound(round);
    const { sentBytes, updateBytes } = sentSizesOf(updates);
    return [
      ...[number, attempt, status, startedAt],
      ...[whole(trainingMs), whole(aggregationMs), whole(evaluationMs), whole(totalMs)],
      ...[bytesDown, bytesUp, sentBytes, updateBytes, cohort.length, updates.length, refusals.length],
      ...(score === undefined ? [null, null] : [short(score.loss), short(score.accuracy)]),
    ];
  }),
});

const updateTable = (rounds: readonly RoundView[]): Table => ({
  columns: [
    ...["round", "attempt", "worker", "samples", "loss", "accuracy", "digest", "sentBytes"],
    ...["staleness", "downloadMs", "trainMs", "uploadMs"],
  ],
  rows: rounds.flatMap(({ number, attempt, updates }) =>
    updates.map((update) => [
      ...[number, attempt, update.worker, update.samples, short(update.loss), short(update.accuracy)],
      ...[update.digest, update.sentBytes, update.staleness ?? null],
      ...[whole(update.downloadMs), whole(update.trainMs), whole(update.uploadMs)],
    ]),
  ),
});

const refusalTable = (rounds: readonly RoundView[]): Table => ({
  columns: ["round", "attempt", "worker", "code", "message"],
  rows: rounds
    .flatMap(({ number, attempt, refusals }) =>
      refusals.map(({ worker, code, message }) => [number, attempt, worker, code, message]),
    )
    .slice(-MOST_REFUSALS),
});

function confusionOf(rounds: readonly RoundView[]): ReportData["confusion"] {
  const last = rounds.findLast(({ evaluation }) => (evaluation?.confusion.length ?? 0) > 0);
  return last?.evaluation ? { round: last.number, counts: last.evaluation.confusion } : null;
}

function scoresOf(rounds: readonly RoundView[]): ReportData["scores"] {
  const last = rounds.findLast(({ validation, personalisation }) => validation !== null || personalisation !== null);
  return last ? { round: last.number, validation: last.validation, personalisation: last.personalisation } : null;
}

/** Everyone that was selected, or scored a model, by name. */
function partsOf(rounds: readonly RoundView[], workers: readonly WorkerView[]): WorkerPart[] {
  const views = new Map(workers.map((view) => [view.name, view]));
  const parts = new Map<string, { -readonly [Key in keyof WorkerPart]: WorkerPart[Key] }>();
  const partOf = (name: string) => {
    const { role = null, backend = null, software = null } = views.get(name) ?? {};
    const none = { rounds: 0, samples: null, accepted: 0, refused: 0, sentBytes: 0 };
    const part = parts.get(name) ?? { name, role, backend, software, ...none };
    parts.set(name, part);
    return part;
  };
  for (const { cohort, updates, refusals, evaluation } of rounds) {
    for (const name of cohort) partOf(name).rounds += 1;
    for (const { worker, samples, sentBytes } of updates) {
      const part = partOf(worker);
      part.accepted += 1;
      part.samples = samples;
      part.sentBytes += sentBytes;
    }
    for (const { worker } of refusals) partOf(worker).refused += 1;
    if (evaluation !== null) partOf(evaluation.evaluator);
  }
  return [...parts.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}
