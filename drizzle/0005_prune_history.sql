ALTER TABLE "jobs" ADD COLUMN "log_pruned" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "jobs_finished_idx" ON "jobs" USING btree ("finished_at") WHERE finished_at is not null;--> statement-breakpoint
CREATE INDEX "jobs_logged_idx" ON "jobs" USING btree ("finished_at") WHERE finished_at is not null and not log_pruned;