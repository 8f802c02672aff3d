CREATE TABLE "jobs" (
  "id" text PRIMARY KEY,
  "position" serial NOT NULL,
  "name" text NOT NULL,
  "spec" jsonb NOT NULL,
  "parameters" integer NOT NULL,
  "submitted_at" timestamp(3) with time zone NOT NULL,
  "status" text NOT NULL,
  "phase" text,
  "reason" text,
  "round" integer NOT NULL,
  "accuracy" double precision,
  "started_at" timestamp(3) with time zone,
  "finished_at" timestamp(3) with time zone,
  "seq" integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX "jobs_position" ON "jobs" ("position");
--> statement-breakpoint
CREATE TABLE "events" (
  "job" text NOT NULL REFERENCES "jobs" ("id"),
  "seq" integer NOT NULL,
  "at" timestamp(3) with time zone NOT NULL,
  "event" jsonb NOT NULL,
  PRIMARY KEY ("job", "seq")
);
--> statement-breakpoint
CREATE TABLE "rounds" (
  "job" text NOT NULL REFERENCES "jobs" ("id"),
  "number" integer NOT NULL,
  "attempt" integer NOT NULL,
  "status" text NOT NULL,
  "cohort" jsonb NOT NULL,
  "started_at" timestamp(3) with time zone NOT NULL,
  "finished_at" timestamp(3) with time zone,
  "training_ms" integer,
  "aggregation_ms" integer,
  "evaluation_ms" integer,
  "bytes_down" bigint NOT NULL,
  "bytes_up" bigint NOT NULL,
  "seq" integer NOT NULL,
  PRIMARY KEY ("job", "number", "attempt")
);
--> statement-breakpoint
CREATE TABLE "metrics" (
  "job" text NOT NULL REFERENCES "jobs" ("id"),
  "round" integer NOT NULL,
  "attempt" integer NOT NULL,
  "seq" integer NOT NULL,
  "worker" text NOT NULL,
  "samples" bigint,
  "loss" double precision,
  "accuracy" double precision,
  "outcome" jsonb NOT NULL,
  PRIMARY KEY ("job", "seq")
);
--> statement-breakpoint
CREATE INDEX "metrics_round" ON "metrics" ("job", "round");
--> statement-breakpoint
CREATE TABLE "model_versions" (
  "job" text NOT NULL REFERENCES "jobs" ("id"),
  "round" integer NOT NULL,
  "digest" text NOT NULL,
  "size" bigint NOT NULL,
  "created_at" timestamp(3) with time zone NOT NULL,
  PRIMARY KEY ("job", "round")
);
--> statement-breakpoint
CREATE INDEX "model_versions_digest" ON "model_versions" ("digest");
--> statement-breakpoint
CREATE TABLE "workers" (
  "name" text PRIMARY KEY,
  "role" text NOT NULL,
  "dataset" text NOT NULL,
  "samples" bigint NOT NULL,
  "sample_shape" jsonb NOT NULL,
  "classes" integer NOT NULL,
  "backend" text NOT NULL,
  "threads" integer NOT NULL,
  "software" text NOT NULL,
  "first_seen_at" timestamp(3) with time zone NOT NULL,
  "last_seen_at" timestamp(3) with time zone NOT NULL
);
