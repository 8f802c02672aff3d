import type { AuditFact, JobEvent, ModelVersion, Score } from "@tributary/federation";
import type { jobs, metrics, modelVersions, rounds, snapshots, workers } from "./schema.js";

export type JobRecord = typeof jobs.$inferSelect;
export type NewJob = Pick<JobRecord, "id" | "name" | "spec" | "parameters" | "submittedAt"> &
  Partial<Pick<JobRecord, "idempotencyKey" | "requestDigest">>;
export type RoundRecord = typeof rounds.$inferSelect;
export type MetricRecord = typeof metrics.$inferSelect;
export type ModelRecord = typeof modelVersions.$inferSelect;
export type SnapshotRecord = typeof snapshots.$inferSelect;
export type WorkerRecord = typeof workers.$inferSelect;

/** Whether a list begins with the oldest or with the newest. */
export type Order = "oldest" | "newest";

/** What a job's row shows of its progress. */
export type JobProgress = Pick<
  JobRecord,
  | "settings"
  | "status"
  | "phase"
  | "reason"
  | "waitingFor"
  | "round"
  | "accuracy"
  | "bestAccuracy"
  | "startedAt"
  | "finishedAt"
>;

/** One entry of the journal, and all that it changes in the other tables. It is stored whole or not at all. */
export interface Step {
  readonly job: string;
  readonly seq: number;
  readonly at: Date;
  readonly event: JobEvent;
  readonly progress: JobProgress;
  readonly rounds: readonly RoundRecord[];
  readonly metric: MetricRecord | undefined;
  readonly model: ModelVersion | undefined;
  /** What the newest global model turned out to be worth with this event; most do not tell. */
  readonly score: Score | undefined;
  /** What the audit log says of it. */
  readonly facts: readonly AuditFact[];
  /** Where the job stands after this event; not after each one. */
  readonly snapshot: SnapshotRecord | undefined;
}

/** A version of a model as its row. */
export const modelRecord = (
  job: string,
  { round, digest, size, state, packed }: ModelVersion,
  at: Date,
): ModelRecord => ({
  ...{ job, round, digest, size, createdAt: at },
  stateDigest: state?.digest ?? null,
  stateSize: state?.size ?? null,
  sentSize: packed?.size ?? null,
});
