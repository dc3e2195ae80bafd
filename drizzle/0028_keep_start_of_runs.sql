-- Which run of a ticker is the latest is decided by its start, no longer by its job's id: a scheduled job runs later than jobs that were submitted
-- after it. The next migration fills the column.
ALTER TABLE "watchlist_tickers" ADD COLUMN "last_started_at" timestamp (3) with time zone;
--> statement-breakpoint
-- Processes of the version before store a status in `watchlist_items`. The trigger stores it in `watchlist_tickers` too, by the rules of `updateTickers`,
-- until the release after this one drops the columns together with the trigger.
CREATE FUNCTION "copy_watchlist_status"() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  WITH news AS MATERIALIZED (
    SELECT DISTINCT ON (n.workspace_id, n.ticker) n.workspace_id, n.ticker, n.last_job_id AS job_id, n.last_status AS status,
      n.last_analysis_id AS analysis_id,
      coalesce(i.started_at, CASE WHEN i.run_at <= clock_timestamp() THEN greatest(i.run_at, i.queued_at) END) AS began_at
    FROM new_rows n
    JOIN old_rows o ON o.watchlist_id = n.watchlist_id AND o.ticker = n.ticker
    LEFT JOIN job_items i ON i.job_id = n.last_job_id AND i.ticker = n.ticker
    WHERE n.last_job_id IS NOT NULL
      AND (n.last_job_id, n.last_status, n.last_analysis_id) IS DISTINCT FROM (o.last_job_id, o.last_status, o.last_analysis_id)
    ORDER BY n.workspace_id, n.ticker, n.last_job_id DESC
  ), locked AS MATERIALIZED (
    SELECT n.* FROM news n JOIN watchlist_tickers t ON t.workspace_id = n.workspace_id AND t.ticker = n.ticker
    WHERE t.last_job_id = n.job_id
      OR (coalesce(n.began_at, '-infinity'), n.job_id)
        >= (coalesce(t.last_started_at, '-infinity'), coalesce(t.last_job_id, '00000000-0000-0000-0000-000000000000'))
    ORDER BY t.workspace_id, t.ticker FOR NO KEY UPDATE OF t
  )
  UPDATE watchlist_tickers t SET last_job_id = l.job_id, last_status = l.status, last_started_at = l.began_at,
    last_analysis_id = coalesce(l.analysis_id, t.last_analysis_id)
  FROM locked l WHERE t.workspace_id = l.workspace_id AND t.ticker = l.ticker;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "watchlist_items_status" AFTER UPDATE ON "watchlist_items" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION copy_watchlist_status();
