ALTER TABLE "model_versions" ADD COLUMN "sent_size" bigint;
