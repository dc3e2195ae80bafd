CREATE TABLE "job_end_heads" (
	"workspace_id" uuid PRIMARY KEY NOT NULL,
	"position" bigint NOT NULL,
	CONSTRAINT "job_end_heads_position_check" CHECK (position >= 1)
);
--> statement-breakpoint
CREATE TABLE "job_ends" (
	"workspace_id" uuid NOT NULL,
	"position" bigint NOT NULL,
	"job_id" uuid NOT NULL,
	CONSTRAINT "job_ends_pkey" PRIMARY KEY("workspace_id","position")
);
--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"webhook_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"state" text DEFAULT 'PENDING' NOT NULL,
	"position" bigint NOT NULL,
	"subject_ids" uuid[] NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_status" smallint,
	"error_code" text,
	"error_message" text,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"last_attempt_at" timestamp (3) with time zone,
	"delivered_at" timestamp (3) with time zone,
	CONSTRAINT "webhook_deliveries_state_check" CHECK (state in ('PENDING', 'DELIVERED', 'SUPERSEDED')),
	CONSTRAINT "webhook_deliveries_ids_check" CHECK (cardinality(subject_ids) between 1 and 100),
	CONSTRAINT "webhook_deliveries_delivered_check" CHECK ((state = 'DELIVERED') = (delivered_at is not null)),
	CONSTRAINT "webhook_deliveries_error_check" CHECK ((error_code is null) = (error_message is null))
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"url" text NOT NULL,
	"description" text NOT NULL,
	"event" text NOT NULL,
	"filter" jsonb NOT NULL,
	"state" text NOT NULL,
	"disabled_reason" text,
	"secret" text NOT NULL,
	"previous_secret" text,
	"previous_until" timestamp (3) with time zone,
	"position" bigint NOT NULL,
	"fence" bigint DEFAULT 0 NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"next_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"failing_since" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "webhooks_event_check" CHECK (event in ('JOB_FINISHED', 'ANALYSIS_STORED')),
	CONSTRAINT "webhooks_state_check" CHECK (state in ('ACTIVE', 'PAUSED', 'DISABLED')),
	CONSTRAINT "webhooks_position_check" CHECK (position >= 0),
	CONSTRAINT "webhooks_reason_check" CHECK ((state = 'DISABLED') = (disabled_reason is not null)),
	CONSTRAINT "webhooks_previous_check" CHECK ((previous_secret is null) = (previous_until is null)),
	CONSTRAINT "webhooks_failing_check" CHECK ((failures = 0) = (failing_since is null))
);
--> statement-breakpoint
ALTER TABLE "job_end_heads" ADD CONSTRAINT "job_end_heads_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "job_ends" ADD CONSTRAINT "job_ends_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_deliveries_pending_key" ON "webhook_deliveries" USING btree ("webhook_id") WHERE state = 'PENDING';--> statement-breakpoint
CREATE INDEX "webhook_deliveries_webhook_idx" ON "webhook_deliveries" USING btree ("webhook_id","id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_created_idx" ON "webhook_deliveries" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "webhooks_workspace_idx" ON "webhooks" USING btree ("workspace_id","id");--> statement-breakpoint
-- One row per workspace that flushes change, and one per webhook that every message changes twice.
ALTER TABLE "job_end_heads" SET (fillfactor = 10, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);
--> statement-breakpoint
ALTER TABLE "webhooks" SET (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);
--> statement-breakpoint
ALTER TABLE "job_ends" SET (autovacuum_vacuum_insert_scale_factor = 0.1);
