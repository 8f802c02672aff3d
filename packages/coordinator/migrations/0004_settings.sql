ALTER TABLE "jobs" ADD COLUMN "settings" jsonb;
