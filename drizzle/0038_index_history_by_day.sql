-- concurrently
-- The history of a ticker is read by the day of its last bar. Processes of the version before sort the results of a ticker meanwhile.
CREATE INDEX CONCURRENTLY "analyses_days_idx" ON "analyses" USING btree ("workspace_id","ticker","as_of","id");
--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "analyses_history_idx";
