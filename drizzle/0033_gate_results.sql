ALTER TABLE "candle_series" ADD COLUMN "warnings" jsonb;--> statement-breakpoint
ALTER TABLE "latest_analyses" ADD COLUMN "gated" boolean DEFAULT false NOT NULL;