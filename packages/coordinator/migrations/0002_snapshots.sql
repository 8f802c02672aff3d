CREATE TABLE "snapshots" (
  "job" text PRIMARY KEY REFERENCES "jobs" ("id"),
  "seq" integer NOT NULL,
  "format" text NOT NULL,
  "snapshot" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "owner" (
  "id" integer PRIMARY KEY,
  "process" text NOT NULL
);
--> statement-breakpoint
CREATE INDEX "rounds_seq" ON "rounds" ("job", "seq");
