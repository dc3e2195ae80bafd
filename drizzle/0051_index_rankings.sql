-- concurrently
-- A ranking reads the latest results of one strategy. Their rows have become wide (lines and tallies), so the ranking reads this index and no row. 0052 makes it the primary key.
CREATE UNIQUE INDEX CONCURRENTLY "latest_analyses_ranking_key" ON "latest_analyses" USING btree ("workspace_id","strategy","ticker") INCLUDE ("analysis_id","is_demo","gated","as_of");
--> statement-breakpoint
-- Lists of all results go from group to group of `analyses_groups_idx`, as lists with a filter do. Processes of the version before sort the ids of the groups meanwhile.
DROP INDEX CONCURRENTLY IF EXISTS "analyses_workspace_idx";
