-- concurrently
-- Rows that the worker has to fill: none but after an upgrade.
CREATE INDEX CONCURRENTLY "analyses_unfilled_idx" ON "analyses" USING btree ("id") WHERE figures is null;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "latest_analyses_unlined_idx" ON "latest_analyses" USING btree ("analysis_id") WHERE lines_of is distinct from analysis_id;
