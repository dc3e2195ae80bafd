ALTER TABLE "candle_series" ADD COLUMN "kind" text;--> statement-breakpoint
ALTER TABLE "candle_series" ADD COLUMN "decimals" smallint;