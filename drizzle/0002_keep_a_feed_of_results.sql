CREATE TABLE "feed_entries" (
	"workspace_id" uuid NOT NULL,
	"last_position" bigint NOT NULL,
	"at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"analysis_ids" uuid[] NOT NULL,
	CONSTRAINT "feed_entries_pkey" PRIMARY KEY("workspace_id","last_position"),
	CONSTRAINT "feed_entries_ids_check" CHECK (cardinality(analysis_ids) between 1 and 100 and cardinality(analysis_ids) <= last_position)
);
--> statement-breakpoint
CREATE TABLE "feed_heads" (
	"workspace_id" uuid PRIMARY KEY NOT NULL,
	"position" bigint NOT NULL,
	CONSTRAINT "feed_heads_position_check" CHECK (position >= 1)
);
--> statement-breakpoint
ALTER TABLE "feed_entries" ADD CONSTRAINT "feed_entries_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "feed_heads" ADD CONSTRAINT "feed_heads_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
-- One row per workspace that every flush changes: room for its versions on the page, and early vacuums.
ALTER TABLE "feed_heads" SET (fillfactor = 10, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);
--> statement-breakpoint
ALTER TABLE "feed_entries" SET (autovacuum_vacuum_insert_scale_factor = 0.1);
