CREATE TABLE "audit_entries" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"key_id" text,
	"subject" text NOT NULL,
	"action" text NOT NULL,
	"target_type" text,
	"target_ids" text[] NOT NULL,
	"outcome" text NOT NULL,
	"correlation_id" text,
	"address" text,
	"times" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"last_at" timestamp (3) with time zone,
	"refused_hour" integer,
	CONSTRAINT "audit_entries_pkey" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "audit_entries_outcome_check" CHECK ((outcome = 'OK') = (refused_hour is null)),
	CONSTRAINT "audit_entries_target_check" CHECK ((target_type is null) = (cardinality(target_ids) = 0)),
	CONSTRAINT "audit_entries_times_check" CHECK (times >= 1 and (outcome <> 'OK' or times = 1))
);
--> statement-breakpoint
CREATE INDEX "audit_entries_key_idx" ON "audit_entries" USING btree ("workspace_id","key_id","id");--> statement-breakpoint
CREATE INDEX "audit_entries_targets_idx" ON "audit_entries" USING gin ("target_ids");--> statement-breakpoint
CREATE INDEX "audit_entries_created_idx" ON "audit_entries" USING brin ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "audit_entries_refused_key" ON "audit_entries" USING btree ("workspace_id","refused_hour","action","outcome","subject",coalesce(key_id, '')) WHERE refused_hour is not null;