import type {
  EvaluationReport,
  JobChanges,
  JobEvent,
  JobSpec,
  JobStatus,
  JobView,
  RoundStatus,
  Shortage,
  Snapshot,
  UpdateMetrics,
  WebhookEvent,
  WorkerScore,
} from "@tributary/federation";
import { sql } from "drizzle-orm";
import {
  bigint,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  serial,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";

const at = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: "date" });
const bytes = (name: string) => bigint(name, { mode: "number" });

/** A job and where it stands. All but the first columns follow from its journal. */
export const jobs = pgTable(
  "jobs",
  {
    id: text("id").primaryKey(),
    /** Order of submission. */
    position: serial("position").notNull(),
    name: text("name").notNull(),
    spec: jsonb("spec").$type<JobSpec>().notNull(),
    parameters: integer("parameters").notNull(),
    submittedAt: at("submitted_at").notNull(),
    /** What of the JobSpec was changed since. */
    settings: jsonb("settings").$type<JobChanges>(),
    status: text("status").$type<JobStatus>().notNull(),
    phase: text("phase").$type<NonNullable<JobView["phase"]>>(),
    reason: text("reason"),
    waitingFor: jsonb("waiting_for").$type<Shortage>(),
    round: integer("round").notNull(),
    accuracy: doublePrecision("accuracy"),
    /** Of all its global models that were scored. */
    bestAccuracy: doublePrecision("best_accuracy"),
    startedAt: at("started_at"),
    finishedAt: at("finished_at"),
    /** Number of the journal's last event. */
    seq: integer("seq").notNull(),
    /** What the request that submitted it may be repeated by. Null: by nothing. */
    idempotencyKey: text("idempotency_key"),
    /** SHA-256 of that request's body, hexadecimal. */
    requestDigest: text("request_digest"),
  },
  (table) => [index("jobs_position").on(table.position), uniqueIndex("jobs_idempotency_key").on(table.idempotencyKey)],
);

/** The journal: what happened to each job, in order. The state of a job is a function of these rows. */
export const events = pgTable(
  "events",
  {
    job: text("job")
      .notNull()
      .references(() => jobs.id),
    /** From 1, without gaps. */
    seq: integer("seq").notNull(),
    at: at("at").notNull(),
    event: jsonb("event").$type<JobEvent>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.job, table.seq] })],
);

/** Each attempt at a round: when, with whom, and how it went. */
export const rounds = pgTable(
  "rounds",
  {
    job: text("job")
      .notNull()
      .references(() => jobs.id),
    number: integer("number").notNull(),
    attempt: integer("attempt").notNull(),
    status: text("status").$type<RoundStatus>().notNull(),
    cohort: jsonb("cohort").$type<readonly string[]>().notNull(),
    startedAt: at("started_at").notNull(),
    finishedAt: at("finished_at"),
    trainingMs: integer("training_ms"),
    aggregationMs: integer("aggregation_ms"),
    evaluationMs: integer("evaluation_ms"),
    bytesDown: bytes("bytes_down").notNull(),
    bytesUp: bytes("bytes_up").notNull(),
    /** Number of the event that changed the row last. */
    seq: integer("seq").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.job, table.number, table.attempt] }),
    index("rounds_seq").on(table.job, table.seq),
  ],
);

/** Where a job stood after an event of its journal: the replay begins there, not at the first event. */
export const snapshots = pgTable("snapshots", {
  job: text("job")
    .primaryKey()
    .references(() => jobs.id),
  seq: integer("seq").notNull(),
  /** A snapshot of another format is of no use: the whole journal is replayed. */
  format: text("format").notNull(),
  snapshot: jsonb("snapshot").$type<Snapshot>().notNull(),
});

/** One row: the process that owns the database, or owned it last. */
export const owner = pgTable("owner", {
  /** Always 1. */
  id: integer("id").primaryKey(),
  process: text("process").notNull(),
});

/** What came of one piece of work in a round. */
export type Outcome =
  | {
      readonly kind: "update";
      readonly digest: string;
      readonly size: number;
      readonly sentBytes?: number;
      /** Of asynchronous jobs. */
      readonly staleness?: number;
      readonly metrics: UpdateMetrics;
    }
  | { readonly kind: "evaluation"; readonly report: EvaluationReport }
  | { readonly kind: "validation"; readonly report: WorkerScore }
  | { readonly kind: "refusal"; readonly code: string; readonly message: string };

/** One row for each update, evaluation and refusal of a round. */
export const metrics = pgTable(
  "metrics",
  {
    job: text("job")
      .notNull()
      .references(() => jobs.id),
    round: integer("round").notNull(),
    attempt: integer("attempt").notNull(),
    seq: integer("seq").notNull(),
    /** Who reported, or was refused. */
    worker: text("worker").notNull(),
    /** Null for a refusal. */
    samples: bytes("samples"),
    loss: doublePrecision("loss"),
    accuracy: doublePrecision("accuracy"),
    outcome: jsonb("outcome").$type<Outcome>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.job, table.seq] }),
    index("metrics_round").on(table.job, table.round),
    // The scores of global models: of a long job with many workers they are few among many rows.
    index("metrics_global_scores")
      .on(table.job, table.round)
      .where(
        sql`(${table.outcome} ->> 'kind' = 'evaluation' and ${table.outcome} #>> '{report,subject}' = '') or
          (${table.outcome} ->> 'kind' = 'validation' and ${table.outcome} #> '{report,personal}' is null)`,
      ),
  ],
);

/** Every version of every global model; the bytes are a blob of that digest. */
export const modelVersions = pgTable(
  "model_versions",
  {
    job: text("job")
      .notNull()
      .references(() => jobs.id),
    round: integer("round").notNull(),
    digest: text("digest").notNull(),
    size: bytes("size").notNull(),
    createdAt: at("created_at").notNull(),
    /** What the strategy keeps beside it: a blob, too. Null: nothing. */
    stateDigest: text("state_digest"),
    stateSize: bytes("state_size"),
    /** Bytes that it travels as, where the job has a codec for models. Null: as it is, or made before this was kept. */
    sentSize: bytes("sent_size"),
  },
  (table) => [
    primaryKey({ columns: [table.job, table.round] }),
    index("model_versions_digest").on(table.digest),
    index("model_versions_state").on(table.stateDigest),
  ],
);

/** Every worker that ever registered, as it last described itself. */
export const workers = pgTable("workers", {
  name: text("name").primaryKey(),
  role: text("role").$type<"train" | "evaluate">().notNull(),
  dataset: text("dataset").notNull(),
  samples: bytes("samples").notNull(),
  sampleShape: jsonb("sample_shape").$type<readonly number[]>().notNull(),
  classes: integer("classes").notNull(),
  backend: text("backend").notNull(),
  threads: integer("threads").notNull(),
  software: text("software").notNull(),
  /** Names of the ops that its backend trains. */
  ops: jsonb("ops").$type<readonly string[]>().notNull(),
  /** Ed25519, in hexadecimal digits: it owns the name. Null for a worker that has not come since workers have keys. */
  publicKey: text("public_key"),
  firstSeenAt: at("first_seen_at").notNull(),
  lastSeenAt: at("last_seen_at").notNull(),
});

/** The audit log: rows are added, never changed, and each has the hash of the one before. */
export const audit = pgTable(
  "audit",
  {
    /** From 1, without gaps. */
    seq: integer("seq").primaryKey(),
    at: at("at").notNull(),
    actor: text("actor").notNull(),
    action: text("action").notNull(),
    job: text("job"),
    round: integer("round"),
    details: jsonb("details").$type<Record<string, unknown>>().notNull(),
    previous: text("previous").notNull(),
    hash: text("hash").notNull(),
  },
  (table) => [index("audit_job").on(table.job)],
);

/** Who is told by HTTP of what changes. */
export const webhooks = pgTable(
  "webhooks",
  {
    id: text("id").primaryKey(),
    url: text("url").notNull(),
    events: jsonb("events").$type<readonly WebhookEvent[]>().notNull(),
    /** What messages are signed with. It is told to nobody. */
    secret: text("secret").notNull(),
    createdAt: at("created_at").notNull(),
    /** As of jobs. */
    idempotencyKey: text("idempotency_key"),
    requestDigest: text("request_digest"),
  },
  (table) => [uniqueIndex("webhooks_idempotency_key").on(table.idempotencyKey)],
);

/** Messages to webhooks that have not been taken yet. */
export const deliveries = pgTable(
  "deliveries",
  {
    webhook: text("webhook")
      .notNull()
      .references(() => webhooks.id, { onDelete: "cascade" }),
    /** The same at each attempt. */
    id: text("id").notNull(),
    body: text("body").notNull(),
    attempts: integer("attempts").notNull(),
    dueAt: at("due_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.webhook, table.id] }), index("deliveries_due").on(table.dueAt)],
);
