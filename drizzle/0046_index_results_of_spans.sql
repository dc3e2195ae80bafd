-- concurrently
-- A job that fills a span of days has a result of a ticker and strategy for each day. The new key replaces the one without days when it exists: processes of the
-- version before find the results of a job by either of them.
CREATE UNIQUE INDEX CONCURRENTLY "analyses_job_ticker_strategy_day_key" ON "analyses" USING btree ("job_id","ticker","strategy",(case when backfill then as_of else '-infinity'::date end));
--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "analyses_job_ticker_strategy_key";
--> statement-breakpoint
-- Lists leave out the results of spans, which may be thousands between two others. Processes of the version before find the groups of their lists by it, and sort
-- the ids of a group meanwhile.
CREATE INDEX CONCURRENTLY "analyses_groups_idx" ON "analyses" USING btree ("workspace_id","strategy","verdict","backfill","id");
--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "analyses_listing_idx";
