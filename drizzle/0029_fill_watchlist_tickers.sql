-- concurrently
-- The status of each ticker from its items: of several items the newest run counts, and the newest result that any of them has; and the start of that
-- run, as updateTickers computes it. 100 tickers at a time, each of which may be in many lists, so that nobody waits long. Only processes of the version
-- before run meanwhile. They take their locks in the same order: jobs, items, tickers. An item that is locked cannot be deleted before its ticker
-- is stored, so that the trigger of the deletion finds the ticker.
DO $$
DECLARE
  workspaces uuid[];
  tickers text[];
  last_workspace uuid := '00000000-0000-0000-0000-000000000000';
  last_ticker text := '';
BEGIN
  LOOP
    SELECT array_agg(workspace_id ORDER BY workspace_id, ticker), array_agg(ticker ORDER BY workspace_id, ticker) INTO workspaces, tickers
    FROM (
      SELECT DISTINCT workspace_id, ticker FROM watchlist_items WHERE (workspace_id, ticker) > (last_workspace, last_ticker)
      ORDER BY workspace_id, ticker LIMIT 100
    ) AS page;
    EXIT WHEN workspaces IS NULL;
    PERFORM FROM jobs WHERE id = ANY (ARRAY(
      SELECT i.last_job_id FROM unnest(workspaces, tickers) AS p(workspace_id, ticker)
      JOIN watchlist_items i ON i.workspace_id = p.workspace_id AND i.ticker = p.ticker
    )) ORDER BY id FOR KEY SHARE;
    PERFORM FROM unnest(workspaces, tickers) AS p(workspace_id, ticker)
    JOIN watchlist_items i ON i.workspace_id = p.workspace_id AND i.ticker = p.ticker
    ORDER BY i.watchlist_id, i.ticker FOR KEY SHARE OF i;
    INSERT INTO watchlist_tickers (workspace_id, ticker, last_job_id, last_analysis_id, last_status, last_started_at)
    SELECT n.workspace_id, n.ticker, n.job_id, n.analysis_id, n.status,
      coalesce(r.started_at, CASE WHEN r.run_at <= clock_timestamp() THEN greatest(r.run_at, r.queued_at) END)
    FROM (
      SELECT i.workspace_id, i.ticker,
        (array_agg(i.last_job_id ORDER BY i.last_job_id DESC NULLS LAST, i.last_status NULLS LAST))[1] AS job_id,
        (array_agg(i.last_analysis_id ORDER BY i.last_job_id DESC NULLS LAST, i.last_analysis_id DESC)
          FILTER (WHERE i.last_analysis_id IS NOT NULL))[1] AS analysis_id,
        (array_agg(i.last_status ORDER BY i.last_job_id DESC NULLS LAST, i.last_status NULLS LAST))[1] AS status
      FROM unnest(workspaces, tickers) AS p(workspace_id, ticker)
      JOIN watchlist_items i ON i.workspace_id = p.workspace_id AND i.ticker = p.ticker
      GROUP BY i.workspace_id, i.ticker
    ) AS n LEFT JOIN job_items r ON r.job_id = n.job_id AND r.ticker = n.ticker
    ORDER BY n.workspace_id, n.ticker
    ON CONFLICT (workspace_id, ticker) DO UPDATE SET last_job_id = excluded.last_job_id, last_analysis_id = excluded.last_analysis_id,
      last_status = excluded.last_status, last_started_at = excluded.last_started_at;
    COMMIT;
    last_workspace := workspaces[cardinality(workspaces)];
    last_ticker := tickers[cardinality(tickers)];
  END LOOP;
END $$;
