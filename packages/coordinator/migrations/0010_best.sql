ALTER TABLE "jobs" ADD COLUMN "best_accuracy" double precision;--> statement-breakpoint
DROP INDEX "metrics_scores";--> statement-breakpoint
CREATE INDEX "metrics_global_scores" ON "metrics" USING btree ("job","round") WHERE ("outcome" ->> 'kind' = 'evaluation' AND "outcome" #>> '{report,subject}' = '') OR ("outcome" ->> 'kind' = 'validation' AND "outcome" #> '{report,personal}' IS NULL);--> statement-breakpoint
UPDATE "jobs" SET "best_accuracy" = "best"."accuracy" FROM (
	SELECT "job", max("accuracy") AS "accuracy" FROM (
		SELECT "m"."job", coalesce(
			max("m"."accuracy") FILTER (WHERE "outcome" ->> 'kind' = 'evaluation'),
			sum("m"."samples"::double precision * "m"."accuracy") / sum("m"."samples")
		) AS "accuracy"
		FROM "metrics" "m" JOIN "rounds" "r" ON "r"."job" = "m"."job" AND "r"."number" = "m"."round" AND "r"."attempt" = "m"."attempt"
		WHERE "r"."status" = 'finished' AND (("outcome" ->> 'kind' = 'evaluation' AND "outcome" #>> '{report,subject}' = '') OR ("outcome" ->> 'kind' = 'validation' AND "outcome" #> '{report,personal}' IS NULL))
		GROUP BY "m"."job", "m"."round"
	) "scores" GROUP BY "job"
) "best" WHERE "best"."job" = "jobs"."id";--> statement-breakpoint
CREATE OR REPLACE FUNCTION commit_step(step jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO events SELECT * FROM jsonb_populate_recordset(NULL::events, step->'events');
	UPDATE jobs SET
		settings = new.settings, status = new.status, phase = new.phase, reason = new.reason, waiting_for = new.waiting_for,
		round = new.round, accuracy = new.accuracy, best_accuracy = new.best_accuracy, started_at = new.started_at, finished_at = new.finished_at, seq = new.seq
		FROM jsonb_populate_recordset(NULL::jobs, step->'jobs') AS new WHERE jobs.id = new.id;
	INSERT INTO rounds SELECT * FROM jsonb_populate_recordset(NULL::rounds, step->'rounds')
		ON CONFLICT (job, number, attempt) DO UPDATE SET
		status = excluded.status, cohort = excluded.cohort, started_at = excluded.started_at, finished_at = excluded.finished_at,
		training_ms = excluded.training_ms, aggregation_ms = excluded.aggregation_ms, evaluation_ms = excluded.evaluation_ms,
		bytes_down = excluded.bytes_down, bytes_up = excluded.bytes_up, seq = excluded.seq;
	INSERT INTO metrics SELECT * FROM jsonb_populate_recordset(NULL::metrics, step->'metrics');
	INSERT INTO model_versions SELECT * FROM jsonb_populate_recordset(NULL::model_versions, step->'model_versions');
	INSERT INTO snapshots SELECT * FROM jsonb_populate_recordset(NULL::snapshots, step->'snapshots')
		ON CONFLICT (job) DO UPDATE SET seq = excluded.seq, format = excluded.format, snapshot = excluded.snapshot;
	INSERT INTO audit SELECT * FROM jsonb_populate_recordset(NULL::audit, step->'audit');
END $$;
