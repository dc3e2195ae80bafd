ALTER TABLE "job_items" ADD COLUMN "queued_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL;--> statement-breakpoint
ALTER TABLE "workers" ADD COLUMN "kinds" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "workers" ADD COLUMN "finished_per_minute" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "paused_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "pause_note" text;--> statement-breakpoint
CREATE INDEX "job_items_waiting_idx" ON "job_items" USING btree ("job_id","run_at") WHERE state = 'QUEUED';--> statement-breakpoint
CREATE INDEX "workspaces_paused_idx" ON "workspaces" USING btree ("id") WHERE paused_at is not null;--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_pause_check" CHECK (pause_note is null or (paused_at is not null and char_length(pause_note) <= 200));