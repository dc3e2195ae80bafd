-- The worker fills `figures`, `lines` and `lines_of` for rows of earlier versions (src/analyses/fill-figures.ts).
ALTER TABLE "backtests" ADD COLUMN "timeframe" text DEFAULT 'DAILY' NOT NULL;--> statement-breakpoint
ALTER TABLE "instruments" ADD COLUMN "lot" numeric(18, 8);--> statement-breakpoint
ALTER TABLE "instruments" ADD COLUMN "fractional" boolean;--> statement-breakpoint
ALTER TABLE "analyses" ADD COLUMN "units" numeric;--> statement-breakpoint
ALTER TABLE "analyses" ADD COLUMN "timeframe" text DEFAULT 'DAILY' NOT NULL;--> statement-breakpoint
ALTER TABLE "analyses" ADD COLUMN "figures" double precision[];--> statement-breakpoint
ALTER TABLE "latest_analyses" ADD COLUMN "lines" double precision[];--> statement-breakpoint
ALTER TABLE "latest_analyses" ADD COLUMN "lines_of" uuid;
