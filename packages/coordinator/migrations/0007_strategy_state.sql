ALTER TABLE "model_versions" ADD COLUMN "state_digest" text;--> statement-breakpoint
ALTER TABLE "model_versions" ADD COLUMN "state_size" bigint;--> statement-breakpoint
CREATE INDEX "model_versions_state" ON "model_versions" USING btree ("state_digest");
