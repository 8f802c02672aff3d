CREATE INDEX "metrics_scores" ON "metrics" USING btree ("job","round") WHERE "outcome" ->> 'kind' = 'evaluation' AND "outcome" #>> '{report,subject}' = '';
