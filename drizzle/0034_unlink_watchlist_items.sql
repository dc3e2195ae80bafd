-- The columns stay until the next release for the processes of the version before. Without foreign keys no deletion of a job locks items.
-- The retention of the version before reads the index of the jobs, which costs this version nothing: it stores no job there.
-- brief: the statements behind it need the same locks and change the catalogue only. Dropping a foreign key locks both of its tables.
-- Writers lock results before jobs and jobs before items; the same order here avoids a deadlock with them.
LOCK TABLE "analyses", "jobs", "watchlist_items" IN ACCESS EXCLUSIVE MODE;
--> statement-breakpoint
ALTER TABLE "watchlist_items" DROP CONSTRAINT "watchlist_items_last_job_id_jobs_id_fk";
--> statement-breakpoint
ALTER TABLE "watchlist_items" DROP CONSTRAINT "watchlist_items_last_analysis_id_analyses_id_fk";
--> statement-breakpoint
DROP INDEX "watchlist_items_analysis_idx";
