ALTER TABLE "workers" ADD COLUMN "public_key" text;
