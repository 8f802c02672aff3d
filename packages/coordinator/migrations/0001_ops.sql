ALTER TABLE "workers" ADD COLUMN "ops" jsonb NOT NULL DEFAULT '[]';
--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "waiting_for" jsonb;
