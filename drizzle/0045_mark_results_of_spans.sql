ALTER TABLE "analyses" ADD COLUMN "backfill" boolean DEFAULT false NOT NULL;
