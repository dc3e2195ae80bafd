DROP INDEX "analyses_history_idx";--> statement-breakpoint
CREATE INDEX "analyses_history_idx" ON "analyses" USING btree ("workspace_id","ticker","id");