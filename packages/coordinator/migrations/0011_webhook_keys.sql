ALTER TABLE "webhooks" ADD COLUMN "idempotency_key" text;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "request_digest" text;--> statement-breakpoint
CREATE UNIQUE INDEX "webhooks_idempotency_key" ON "webhooks" USING btree ("idempotency_key");
