ALTER TABLE "backtest_trades" ADD COLUMN "side" text DEFAULT 'LONG' NOT NULL;--> statement-breakpoint
ALTER TABLE "backtests" ADD COLUMN "sides" text DEFAULT 'LONG' NOT NULL;--> statement-breakpoint
ALTER TABLE "backtests" ADD COLUMN "by_side" jsonb;