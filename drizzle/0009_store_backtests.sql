CREATE TABLE "backtest_details" (
	"backtest_id" uuid PRIMARY KEY NOT NULL,
	"body" jsonb NOT NULL,
	"curve" "bytea" NOT NULL,
	CONSTRAINT "backtest_details_curve_check" CHECK (octet_length(curve) % 20 = 0 and octet_length(curve) > 0)
);
--> statement-breakpoint
CREATE TABLE "backtest_trades" (
	"backtest_id" uuid NOT NULL,
	"n" integer NOT NULL,
	"signal_date" date NOT NULL,
	"entry_date" date NOT NULL,
	"entry_price" double precision NOT NULL,
	"exit_date" date NOT NULL,
	"exit_price" double precision NOT NULL,
	"stop" double precision NOT NULL,
	"target" double precision NOT NULL,
	"return_pct" double precision NOT NULL,
	"gross_pct" double precision NOT NULL,
	"bars_held" integer NOT NULL,
	"exit_reason" text NOT NULL,
	"gap" boolean NOT NULL,
	"score" double precision NOT NULL,
	"verdict" text NOT NULL,
	"rsi" double precision,
	"adx" double precision,
	"volume_ratio" double precision,
	"regime" text NOT NULL,
	CONSTRAINT "backtest_trades_pkey" PRIMARY KEY("backtest_id","n"),
	CONSTRAINT "backtest_trades_exit_reason_check" CHECK (exit_reason in ('STOP', 'TARGET', 'TIME', 'END_OF_DATA')),
	CONSTRAINT "backtest_trades_dates_check" CHECK (signal_date < entry_date and entry_date <= exit_date)
);
--> statement-breakpoint
CREATE TABLE "backtests" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"job_id" uuid,
	"ticker" text NOT NULL,
	"strategy" text NOT NULL,
	"source" text NOT NULL,
	"is_demo" boolean NOT NULL,
	"customised" boolean NOT NULL,
	"first_date" date NOT NULL,
	"last_date" date NOT NULL,
	"tradable_from" date,
	"window_bars" integer NOT NULL,
	"pending" boolean NOT NULL,
	"skipped_open" integer NOT NULL,
	"skipped_cooldown" integer NOT NULL,
	"skipped_no_slot" integer NOT NULL,
	"trades" integer NOT NULL,
	"wins" integer NOT NULL,
	"losses" integer NOT NULL,
	"total_return_pct" double precision NOT NULL,
	"cagr_pct" double precision,
	"max_drawdown_pct" double precision NOT NULL,
	"peak_date" date,
	"trough_date" date,
	"win_rate_pct" double precision,
	"profit_factor" double precision,
	"avg_win_pct" double precision,
	"avg_loss_pct" double precision,
	"expectancy_pct" double precision,
	"best_pct" double precision,
	"worst_pct" double precision,
	"sharpe" double precision,
	"exposure_pct" double precision NOT NULL,
	"longest_win_streak" integer NOT NULL,
	"longest_loss_streak" integer NOT NULL,
	"hold_return_pct" double precision NOT NULL,
	"hold_cagr_pct" double precision,
	"hold_max_drawdown_pct" double precision NOT NULL,
	"hold_peak_date" date,
	"hold_trough_date" date,
	"hold_sharpe" double precision,
	"warnings" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "backtests_window_check" CHECK (window_bars >= 1 and first_date <= last_date),
	CONSTRAINT "backtests_counts_check" CHECK (least(skipped_open, skipped_cooldown, skipped_no_slot, wins, losses) >= 0 and wins + losses <= trades)
);
--> statement-breakpoint
ALTER TABLE "backtest_details" ADD CONSTRAINT "backtest_details_backtest_id_backtests_id_fk" FOREIGN KEY ("backtest_id") REFERENCES "public"."backtests"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "backtest_trades" ADD CONSTRAINT "backtest_trades_backtest_id_backtests_id_fk" FOREIGN KEY ("backtest_id") REFERENCES "public"."backtests"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "backtests" ADD CONSTRAINT "backtests_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "backtests" ADD CONSTRAINT "backtests_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "backtests_job_ticker_strategy_key" ON "backtests" USING btree ("job_id","ticker","strategy");--> statement-breakpoint
CREATE INDEX "backtests_workspace_idx" ON "backtests" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE INDEX "backtests_history_idx" ON "backtests" USING btree ("workspace_id","ticker","strategy","id");--> statement-breakpoint
-- Doubles do not compress: trying to costs more than the write.
ALTER TABLE "backtest_details" ALTER COLUMN "curve" SET STORAGE EXTERNAL;
