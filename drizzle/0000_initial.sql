CREATE SEQUENCE "public"."item_fence" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "analyses" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"job_id" uuid,
	"ticker" text NOT NULL,
	"strategy" text NOT NULL,
	"score" double precision NOT NULL,
	"score_verdict" text NOT NULL,
	"verdict" text NOT NULL,
	"regime" text NOT NULL,
	"coverage" double precision NOT NULL,
	"conviction" double precision NOT NULL,
	"buy_votes" smallint NOT NULL,
	"neutral_votes" smallint NOT NULL,
	"sell_votes" smallint NOT NULL,
	"unavailable_votes" smallint NOT NULL,
	"side" text,
	"entry" numeric,
	"stop" numeric,
	"target" numeric,
	"risk_reward" numeric,
	"position_size" bigint,
	"currency" text,
	"warnings" jsonb,
	"source" text NOT NULL,
	"is_demo" boolean NOT NULL,
	"customised" boolean NOT NULL,
	"as_of" date NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "analyses_verdict_check" CHECK (verdict in ('STRONG_BUY', 'BUY', 'HOLD', 'SELL', 'STRONG_SELL')),
	CONSTRAINT "analyses_score_verdict_check" CHECK (score_verdict in ('STRONG_BUY', 'BUY', 'HOLD', 'SELL', 'STRONG_SELL')),
	CONSTRAINT "analyses_score_check" CHECK (score between -1 and 1),
	CONSTRAINT "analyses_plan_check" CHECK (num_nulls(side, entry, stop, target, risk_reward, position_size) in (0, 6) and (verdict <> 'HOLD' or side is null))
);
--> statement-breakpoint
CREATE TABLE "analysis_details" (
	"analysis_id" uuid PRIMARY KEY NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "instruments" (
	"ticker" text PRIMARY KEY NOT NULL,
	"symbol" text NOT NULL,
	"name" text NOT NULL,
	"exchange" text NOT NULL,
	"time_zone" text NOT NULL,
	"currency" text NOT NULL,
	"tick" numeric(18, 8) NOT NULL,
	"sector" text,
	"industry" text,
	"active" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE TABLE "job_events" (
	"job_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"type" text NOT NULL,
	"ticker" text,
	"phase" smallint,
	"progress" real NOT NULL,
	"payload" jsonb,
	CONSTRAINT "job_events_pkey" PRIMARY KEY("job_id","seq"),
	CONSTRAINT "job_events_type_check" CHECK (type in ('JOB_QUEUED', 'JOB_STARTED', 'ITEMS_STARTED', 'ITEM_PROGRESSED', 'ITEM_COMPLETED', 'ITEM_FAILED', 'ITEM_RETRYING', 'ITEM_RETURNED', 'JOB_COMPLETED', 'JOB_FAILED', 'JOB_CANCELLED')),
	CONSTRAINT "job_events_seq_check" CHECK (seq >= 1)
);
--> statement-breakpoint
CREATE TABLE "job_items" (
	"job_id" uuid NOT NULL,
	"ticker" text NOT NULL,
	"workspace_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"state" text DEFAULT 'QUEUED' NOT NULL,
	"priority" smallint NOT NULL,
	"run_at" timestamp (3) with time zone NOT NULL,
	"phase" smallint DEFAULT 0 NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"failures" smallint DEFAULT 0 NOT NULL,
	"crashes" smallint DEFAULT 0 NOT NULL,
	"fence" bigint,
	"worker_id" uuid,
	"error_code" text,
	"error_message" text,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "job_items_pkey" PRIMARY KEY("job_id","ticker"),
	CONSTRAINT "job_items_state_check" CHECK (state in ('QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED')),
	CONSTRAINT "job_items_phase_check" CHECK (phase in (0, 25, 50, 75, 100)),
	CONSTRAINT "job_items_state_machine_check" CHECK (case state
      when 'QUEUED' then phase = 0 and worker_id is null and finished_at is null
      when 'PROCESSING' then phase < 100 and worker_id is not null and fence is not null and started_at is not null and finished_at is null
      when 'COMPLETED' then phase = 100 and error_code is null and started_at is not null and finished_at is not null
      when 'FAILED' then error_code is not null and error_message is not null and started_at is not null and finished_at is not null
      when 'CANCELLED' then finished_at is not null
      end),
	CONSTRAINT "job_items_times_check" CHECK (finished_at >= started_at)
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"origin" text NOT NULL,
	"strategy" text NOT NULL,
	"source" text NOT NULL,
	"is_demo" boolean NOT NULL,
	"options" jsonb NOT NULL,
	"watchlist_id" uuid,
	"retry_of" uuid,
	"priority" smallint NOT NULL,
	"run_at" timestamp (3) with time zone NOT NULL,
	"fingerprint" text NOT NULL,
	"idempotency_key" text,
	"request_hash" text NOT NULL,
	"total" integer NOT NULL,
	"queued" integer NOT NULL,
	"processing" integer DEFAULT 0 NOT NULL,
	"succeeded" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"cancelled" integer DEFAULT 0 NOT NULL,
	"progress_sum" integer DEFAULT 0 NOT NULL,
	"last_seq" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "jobs_state_check" CHECK (state in ('QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED')),
	CONSTRAINT "jobs_origin_check" CHECK (origin in ('TICKERS', 'WATCHLIST', 'UNIVERSE', 'SCHEDULE', 'BACKTEST')),
	CONSTRAINT "jobs_priority_check" CHECK (priority between 0 and 9),
	CONSTRAINT "jobs_counters_check" CHECK (least(queued, processing, succeeded, failed, cancelled, progress_sum) >= 0 and total >= 1
      and queued + processing + succeeded + failed + cancelled = total and progress_sum <= 100 * total),
	CONSTRAINT "jobs_state_machine_check" CHECK (case state
      when 'QUEUED' then queued = total and started_at is null and finished_at is null
      when 'PROCESSING' then queued + processing > 0 and started_at is not null and finished_at is null
      when 'COMPLETED' then queued + processing + cancelled = 0 and succeeded > 0 and started_at is not null and finished_at is not null
      when 'FAILED' then failed = total and started_at is not null and finished_at is not null
      when 'CANCELLED' then queued + processing = 0 and cancelled > 0 and finished_at is not null
      end),
	CONSTRAINT "jobs_times_check" CHECK (started_at >= created_at and finished_at >= coalesce(started_at, created_at))
);
--> statement-breakpoint
CREATE TABLE "latest_analyses" (
	"workspace_id" uuid NOT NULL,
	"ticker" text NOT NULL,
	"strategy" text NOT NULL,
	"analysis_id" uuid NOT NULL,
	"is_demo" boolean NOT NULL,
	"as_of" date NOT NULL,
	CONSTRAINT "latest_analyses_pkey" PRIMARY KEY("workspace_id","ticker","strategy")
);
--> statement-breakpoint
CREATE TABLE "watchlist_items" (
	"watchlist_id" uuid NOT NULL,
	"ticker" text NOT NULL,
	"workspace_id" uuid NOT NULL,
	"note" text DEFAULT '' NOT NULL,
	"added_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"last_job_id" uuid,
	"last_analysis_id" uuid,
	"last_status" text,
	CONSTRAINT "watchlist_items_pkey" PRIMARY KEY("watchlist_id","ticker"),
	CONSTRAINT "watchlist_items_ticker_check" CHECK (ticker = upper(ticker)),
	CONSTRAINT "watchlist_items_note_check" CHECK (char_length(note) <= 500)
);
--> statement-breakpoint
CREATE TABLE "watchlists" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"name" text NOT NULL,
	"is_default" boolean DEFAULT false NOT NULL,
	"revision" bigint DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "watchlists_name_check" CHECK (name = btrim(name) and char_length(name) between 1 and 50)
);
--> statement-breakpoint
CREATE TABLE "workers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"version" text NOT NULL,
	"state" text NOT NULL,
	"capacity" integer NOT NULL,
	"lock_key" integer NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"heartbeat_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"stopped_at" timestamp (3) with time zone,
	CONSTRAINT "workers_state_check" CHECK (state in ('ALIVE', 'DRAINING', 'STOPPED', 'LOST')),
	CONSTRAINT "workers_capacity_check" CHECK (capacity >= 1)
);
--> statement-breakpoint
CREATE TABLE "workspaces" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "analyses" ADD CONSTRAINT "analyses_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "analyses" ADD CONSTRAINT "analyses_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "analysis_details" ADD CONSTRAINT "analysis_details_analysis_id_analyses_id_fk" FOREIGN KEY ("analysis_id") REFERENCES "public"."analyses"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "job_events" ADD CONSTRAINT "job_events_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "job_items" ADD CONSTRAINT "job_items_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_watchlist_id_watchlists_id_fk" FOREIGN KEY ("watchlist_id") REFERENCES "public"."watchlists"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_retry_of_jobs_id_fk" FOREIGN KEY ("retry_of") REFERENCES "public"."jobs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "latest_analyses" ADD CONSTRAINT "latest_analyses_analysis_fk" FOREIGN KEY ("analysis_id") REFERENCES "public"."analyses"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "latest_analyses" ADD CONSTRAINT "latest_analyses_workspace_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watchlist_items" ADD CONSTRAINT "watchlist_items_watchlist_id_watchlists_id_fk" FOREIGN KEY ("watchlist_id") REFERENCES "public"."watchlists"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watchlist_items" ADD CONSTRAINT "watchlist_items_last_job_id_jobs_id_fk" FOREIGN KEY ("last_job_id") REFERENCES "public"."jobs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watchlist_items" ADD CONSTRAINT "watchlist_items_last_analysis_id_analyses_id_fk" FOREIGN KEY ("last_analysis_id") REFERENCES "public"."analyses"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watchlists" ADD CONSTRAINT "watchlists_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "analyses_job_ticker_strategy_key" ON "analyses" USING btree ("job_id","ticker","strategy");--> statement-breakpoint
CREATE INDEX "analyses_history_idx" ON "analyses" USING btree ("workspace_id","ticker","strategy","id");--> statement-breakpoint
CREATE INDEX "analyses_workspace_idx" ON "analyses" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE INDEX "job_items_claim_idx" ON "job_items" USING btree ("workspace_id","priority" DESC NULLS FIRST,"run_at","job_id","ticker") WHERE state = 'QUEUED';--> statement-breakpoint
CREATE INDEX "job_items_worker_idx" ON "job_items" USING btree ("worker_id") WHERE state = 'PROCESSING';--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_idempotency_key" ON "jobs" USING btree ("workspace_id","idempotency_key");--> statement-breakpoint
CREATE INDEX "jobs_active_fingerprint_idx" ON "jobs" USING btree ("workspace_id","fingerprint") WHERE state in ('QUEUED', 'PROCESSING');--> statement-breakpoint
CREATE INDEX "jobs_workspace_idx" ON "jobs" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE INDEX "jobs_watchlist_idx" ON "jobs" USING btree ("watchlist_id") WHERE watchlist_id is not null;--> statement-breakpoint
CREATE INDEX "jobs_retry_of_idx" ON "jobs" USING btree ("retry_of") WHERE retry_of is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "latest_analyses_analysis_key" ON "latest_analyses" USING btree ("analysis_id");--> statement-breakpoint
CREATE INDEX "watchlist_items_ticker_idx" ON "watchlist_items" USING btree ("workspace_id","ticker");--> statement-breakpoint
CREATE INDEX "watchlist_items_job_idx" ON "watchlist_items" USING btree ("last_job_id") WHERE last_job_id is not null;--> statement-breakpoint
CREATE INDEX "watchlist_items_analysis_idx" ON "watchlist_items" USING btree ("last_analysis_id") WHERE last_analysis_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "watchlists_name_key" ON "watchlists" USING btree ("workspace_id",lower(name));--> statement-breakpoint
CREATE UNIQUE INDEX "watchlists_one_default_key" ON "watchlists" USING btree ("workspace_id") WHERE is_default;