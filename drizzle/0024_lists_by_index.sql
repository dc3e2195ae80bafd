-- concurrently
-- Lists and counts by what few rows have read these rows alone. The dropped indexes are covered by new ones.
CREATE INDEX CONCURRENTLY "audit_entries_refusals_idx" ON "audit_entries" USING btree ("workspace_id","id") WHERE outcome <> 'OK';
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "backtests_strategy_idx" ON "backtests" USING btree ("workspace_id","strategy","id");
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "analyses_listing_idx" ON "analyses" USING btree ("workspace_id","strategy","verdict","id");
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "job_items_ticker_idx" ON "job_items" USING btree ("workspace_id","ticker","job_id") WHERE finished_at is not null;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "jobs_listing_idx" ON "jobs" USING btree ("workspace_id","state","origin","kind","strategy","id");
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "jobs_strategies_idx" ON "jobs" USING btree ("workspace_id","id") WHERE options @? '$.strategies[1]';
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "jobs_pruned_idx" ON "jobs" USING btree ("finished_at") WHERE log_pruned;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "jobs_list_idx" ON "jobs" USING btree ("watchlist_id","id") WHERE watchlist_id is not null;
--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "jobs_finished_idx";
--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "jobs_watchlist_idx";
